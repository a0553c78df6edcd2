//! The rules about documents: decision records are numbered once and listed, and a translation has the same shape as
//! its original.
//!
//! What the documents say is for people to check; commands in them are executed by the tests that own them.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::finding::Finding;
use super::workspace::{TextFile, Workspace};

/// The folder of the decision records.
const RECORDS: &str = "docs/adr/";

/// The list of the decision records.
const RECORD_LIST: &str = "docs/adr/README.md";

/// How the name of a Chinese translation ends.
const CHINESE: &str = ".zh-CN.md";

/// Finds decision records that are misnamed, share a number or are not listed, and listed ones that do not exist.
pub(crate) fn find_records(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers: BTreeMap<&str, &str> = BTreeMap::new();
    let list = workspace.file(RECORD_LIST);
    let listed: Vec<(usize, &str)> = list.map(linked_records).unwrap_or_default();
    let names = workspace.files.iter().filter_map(|file| file.path.strip_prefix(RECORDS));
    for name in names.filter(|name| *name != "README.md" && name.ends_with(".md")) {
        let path = format!("{RECORDS}{name}");
        let Some(number) = record_number(name) else {
            findings.push(Finding::error(&path, 1, "the name has no number", "call it `NNNN-short-title.md`"));
            continue;
        };
        if let Some(other) = numbers.insert(number, name) {
            let problem = format!("the number {number} belongs to {other}");
            findings.push(Finding::error(&path, 1, problem, "take the next free number"));
        }
        if !listed.iter().any(|(_, link)| *link == name) {
            let remedy = format!("add a line with a link to it to {RECORD_LIST}");
            findings.push(Finding::error(&path, 1, "the record is not listed", remedy));
        }
    }
    for (line, link) in listed {
        if workspace.file(&format!("{RECORDS}{link}")).is_none() {
            let problem = format!("the record {link} does not exist");
            findings.push(Finding::error(RECORD_LIST, line, problem, "write it or remove the line"));
        }
    }
    findings
}

/// Finds translations that miss their original or its headings, and a README without a translation.
pub(crate) fn find_translations(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    if workspace.file("README.md").is_some() && workspace.file("README.zh-CN.md").is_none() {
        let remedy = "write README.zh-CN.md with the same headings";
        findings.push(Finding::error("README.md", 1, "the README has no Chinese translation", remedy));
    }
    for translation in workspace.files.iter().filter(|file| file.path.ends_with(CHINESE)) {
        let original = translation.path.replace(CHINESE, ".md");
        let Some(original) = workspace.file(&original) else {
            let problem = format!("the original {original} does not exist");
            findings.push(Finding::error(&translation.path, 1, problem, "write it, or remove the translation"));
            continue;
        };
        let (theirs, ours) = (headings(original), headings(translation));
        let levels = |headings: &[(usize, usize)]| headings.iter().map(|(_, level)| *level).collect::<Vec<_>>();
        if levels(&theirs) != levels(&ours) {
            let same = theirs.iter().zip(&ours).take_while(|((_, a), (_, b))| a == b).count();
            let line = ours.get(same).or(ours.last()).map_or(1, |(line, _)| *line);
            let problem =
                format!("{} headings here, {} in {}, or of other levels", ours.len(), theirs.len(), original.path);
            findings.push(Finding::error(&translation.path, line, problem, "give both the same headings"));
        }
    }
    findings
}

/// Reads the number of a record from its name `NNNN-title.md`.
fn record_number(name: &str) -> Option<&str> {
    let (number, title) = name.split_once('-')?;
    let is_number = number.len() == 4 && number.chars().all(|c| c.is_ascii_digit());
    (is_number && title.len() > ".md".len()).then_some(number)
}

/// Lists the records that a Markdown file links to, with the line of each link.
fn linked_records(list: &TextFile) -> Vec<(usize, &str)> {
    let links = |line: &'_ str| -> Vec<(usize, usize)> {
        let starts = line.match_indices("](").map(|(at, token)| at + token.len());
        starts.filter_map(|start| Some((start, start + line[start..].find(')')?))).collect()
    };
    let mut found = Vec::new();
    for (number, line) in list.lines() {
        let targets = links(line).into_iter().map(|(start, end)| line[start..end].trim_start_matches("./"));
        found.extend(targets.filter(|target| record_number(target).is_some()).map(|target| (number, target)));
    }
    found
}

/// Lists the headings of a Markdown file: line and level. A `#` inside a code block is no heading.
fn headings(file: &TextFile) -> Vec<(usize, usize)> {
    let mut in_code = false;
    let mut found = Vec::new();
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let level = line.chars().take_while(|c| *c == '#').count();
            if level > 0 && line[level..].starts_with(' ') {
                found.push((number, level));
            }
        }
    }
    found
}
