//! What the rules look at: the tracked text files, the crates with their dependencies, and the libraries they pull in.
//!
//! Everything is read once, with `git` and `cargo` as processes. The rules then work on plain data, so that a test can
//! build a workspace that breaks one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::source::Source;
use super::{PURE_CRATES, TEST_CRATES};
use crate::check::cargo;

/// A text file that belongs to the project.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// The path relative to the workspace's root, with `/` between its parts.
    pub(crate) path: String,
    /// The contents.
    pub(crate) text: String,
    /// The code and the comments, if this is a Rust file.
    pub(crate) source: Option<Source>,
}

impl TextFile {
    /// Takes a file's contents.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let source = path.ends_with(".rs").then(|| Source::parse(text));
        Self { path: path.to_owned(), text: text.to_owned(), source }
    }

    /// Counts the lines from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Tells whether the file is compiled for tests and benchmarks only.
    pub(crate) fn is_test(&self) -> bool {
        let in_test_crate = TEST_CRATES.iter().any(|name| self.path.starts_with(&format!("crates/{name}/")));
        in_test_crate || self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    /// Finds the first line that starts with the text, or line 1.
    pub(crate) fn line_starting_with(&self, start: &str) -> usize {
        self.lines().find(|(_, line)| line.trim_start().starts_with(start)).map_or(1, |(number, _)| number)
    }
}

/// Why a crate depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its code or its build script needs it.
    Built,
    /// Its tests need it.
    Dev,
}

/// A line of a crate's dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) name: String,
    /// What it is needed for.
    pub(crate) kind: Kind,
}

/// A crate of the workspace.
#[derive(Debug)]
pub(crate) struct Crate {
    /// The package's name.
    pub(crate) name: String,
    /// The path of its `Cargo.toml`, relative to the workspace's root.
    pub(crate) manifest: String,
    /// What it depends on directly.
    pub(crate) dependencies: Vec<Dependency>,
    /// The names of everything that a build of it contains; read for pure crates only.
    pub(crate) built_from: BTreeSet<String>,
}

/// A library that somebody else wrote.
#[derive(Debug)]
pub(crate) struct Library {
    /// The package's name.
    pub(crate) name: String,
    /// The package's version.
    pub(crate) version: String,
    /// Its licence as an SPDX expression, if it states one.
    pub(crate) licence: Option<String>,
}

/// The project as the rules see it.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Every text file.
    pub(crate) files: Vec<TextFile>,
    /// Every crate of the workspace.
    pub(crate) crates: Vec<Crate>,
    /// Every library in the dependency tree of this platform.
    pub(crate) libraries: Vec<Library>,
}

impl Workspace {
    /// Reads the workspace from its root.
    ///
    /// # Errors
    /// A sentence that says what could not be read.
    pub(crate) fn load(root: &Path) -> Result<Self, String> {
        let files = list_files(root)?.into_iter().filter_map(|path| read_text(root, &path)).collect();
        let version = output_of(Command::new("rustc").arg("-vV"))?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
        let metadata =
            output_of(cargo().args(["metadata", "--format-version=1", "--locked", "--filter-platform", host]))?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
        let mut workspace = Self { files, ..Self::default() };
        workspace.take_metadata(&metadata, root)?;
        // cargo metadata also lists libraries that a weak feature (`x?/y`) names and that nothing builds.
        let built = read_tree(&["--workspace", "-e", "all"])?;
        workspace.libraries.retain(|library| built.contains(&library.name));
        for pure in workspace.crates.iter_mut().filter(|package| PURE_CRATES.contains(&package.name.as_str())) {
            pure.built_from = read_tree(&["-p", pure.name.as_str(), "-e", "normal,build"])?;
        }
        Ok(workspace)
    }

    /// Finds a file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Finds the line of a crate's manifest that names a dependency, or line 1.
    pub(crate) fn line_of_dependency(&self, package: &Crate, dependency: &str) -> usize {
        let Some(manifest) = self.file(&package.manifest) else { return 1 };
        let names_it = |line: &str| {
            let rest = line.trim_start().strip_prefix(dependency);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        manifest.lines().find(|(_, line)| names_it(line)).map_or(1, |(number, _)| number)
    }

    /// Takes the crates and the libraries from what `cargo metadata` says.
    fn take_metadata(&mut self, metadata: &Value, root: &Path) -> Result<(), String> {
        let members: BTreeSet<&str> = array(metadata, "workspace_members").filter_map(Value::as_str).collect();
        for package in array(metadata, "packages") {
            let name = text(package, "name")?;
            if !members.contains(text(package, "id")?) {
                let licence = package["license"].as_str().map(str::to_owned);
                let version = text(package, "version")?.to_owned();
                self.libraries.push(Library { name: name.to_owned(), version, licence });
                continue;
            }
            let manifest = Path::new(text(package, "manifest_path")?);
            let manifest = manifest.strip_prefix(root).map_err(|error| format!("{}: {error}", manifest.display()))?;
            let dependencies = array(package, "dependencies").map(dependency).collect::<Result<_, _>>()?;
            self.crates.push(Crate {
                name: name.to_owned(),
                manifest: manifest.to_string_lossy().replace('\\', "/"),
                dependencies,
                built_from: BTreeSet::new(),
            });
        }
        Ok(())
    }
}

/// Reads one dependency of `cargo metadata`.
fn dependency(value: &Value) -> Result<Dependency, String> {
    let kind = if value["kind"].as_str() == Some("dev") { Kind::Dev } else { Kind::Built };
    Ok(Dependency { name: text(value, "name")?.to_owned(), kind })
}

/// Reads a text field of a JSON object.
fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value[field].as_str().ok_or_else(|| format!("cargo metadata has no text called {field}"))
}

/// Reads a list of a JSON object; a missing one is empty.
fn array<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

/// Lists the names of everything that a build of the selected crates contains.
fn read_tree(selection: &[&str]) -> Result<BTreeSet<String>, String> {
    let tree = output_of(cargo().arg("tree").args(selection).args(["--prefix", "none", "--locked"]))?;
    Ok(tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Lists the project's files: tracked ones and new ones that are not ignored.
///
/// Without git, as in an unpacked archive, it lists every file outside of hidden folders and `target`.
fn list_files(root: &Path) -> Result<Vec<String>, String> {
    // A clone in a container often belongs to another user, which git would refuse to read.
    let arguments = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    match output_of(Command::new("git").args(arguments).current_dir(root)) {
        Ok(names) => Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()),
        Err(_) => walk(root, ""),
    }
}

/// Lists the files below a folder.
fn walk(root: &Path, folder: &str) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(root.join(folder)).map_err(|error| format!("cannot list {folder:?}: {error}"))?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(|error| format!("cannot list {folder:?}: {error}"))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        found.insert(entry.file_name().to_string_lossy().into_owned(), is_folder);
    }
    let mut files = Vec::new();
    for (name, is_folder) in found {
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !is_folder {
            files.push(path);
        } else if !name.starts_with('.') && name != "target" {
            files.extend(walk(root, &path)?);
        }
    }
    Ok(files)
}

/// Reads a file if it is text; a binary file and one that was just deleted are passed over.
fn read_text(root: &Path, path: &str) -> Option<TextFile> {
    let text = std::fs::read_to_string(root.join(path)).ok()?;
    Some(TextFile::new(path, &text))
}

/// Runs a command and returns what it prints.
fn output_of(command: &mut Command) -> Result<String, String> {
    let line = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{line} could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("{line} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{line}: {error}"))
}
