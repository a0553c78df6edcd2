//! Tests of the page's files: what they name exists, and nothing in them is loaded from elsewhere.

use std::collections::BTreeSet;

use faic_node::p2p::NodeType;

use super::*;

/// The file of a name.
fn file(name: &str) -> &'static File {
    FILES.iter().find(|file| file.name == name).expect("the page has the file")
}

/// The keys of a file of words, which has one entry a line, and none twice.
fn keys(name: &str) -> BTreeSet<&'static str> {
    let entries = file(name).text.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": \""));
    let mut keys = BTreeSet::new();
    for (key, _) in entries {
        assert!(keys.insert(key), "{name} says {key} twice");
    }
    keys
}

/// Both languages have the same words, and what the code and the page ask for is there.
#[test]
fn both_languages_have_every_word() {
    let english = keys("words.en.js");
    assert!(english.len() > 50, "{english:?}");
    assert_eq!(english, keys("words.zh.js"));
    for file in FILES.iter().chain([&INDEX]) {
        for mark in [" t(\"", "(t(\"", "[t(\"", "data-word=\""] {
            for word in file.text.split(mark).skip(1).filter_map(|rest| rest.split('"').next()) {
                let known = |key: &&str| *key == word || word.ends_with('_') && key.starts_with(word);
                assert!(english.iter().any(known), "{}: {word}", file.name);
            }
        }
    }
}

/// Every kind of node has a word.
#[test]
fn every_kind_of_node_has_a_word() {
    let english = keys("words.en.js");
    assert!(NodeType::ALL.iter().all(|kind| english.contains(&*format!("kind_{kind}"))), "{english:?}");
}

/// Every code of a problem has a meaning and an advice in both languages, and nothing else has; they are for people, not
/// for who writes requests.
#[test]
fn every_problem_is_told_in_both_languages() {
    for (name, is_chinese) in [("problems.en.js", false), ("problems.zh.js", true)] {
        let lines = file(name).text.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": [\""));
        let mut told = BTreeSet::new();
        for (code, texts) in lines {
            let count = texts.split("\", \"").filter(|text| text.is_ascii() != is_chinese).count();
            assert_eq!(count, 2, "{name}: {texts}");
            for word in ["/v1/", "openapi", "header", "endpoint", "cursor", "valid_until", "请求体", "接口"] {
                assert!(!texts.contains(word), "{name}: {texts}");
            }
            told.insert(code);
        }
        assert_eq!(told, ErrorCode::ALL.iter().map(|code| code.name()).collect(), "{name}");
    }
}

/// Every file that another one names is served, and every served file is named.
#[test]
fn the_files_name_each_other() {
    let mut named = BTreeSet::new();
    for file in FILES.iter().chain([&INDEX]) {
        for start in ["\"/page/", "\"./"] {
            named.extend(file.text.split(start).skip(1).filter_map(|rest| rest.split('"').next()));
        }
    }
    named.retain(|name| !name.starts_with("qr?"));
    assert_eq!(named, FILES.iter().map(|file| file.name).collect());
}

/// No markup is made of text, nothing is evaluated, nothing is styled or run in the markup, nothing comes from elsewhere.
#[test]
fn the_files_keep_the_policy() {
    for file in FILES.iter().chain([&INDEX]) {
        for banned in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\"", "onclick="]
        {
            assert!(!file.text.contains(banned), "{}: {banned}", file.name);
        }
        let elsewhere = file.text.replace("http://www.w3.org/", "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{}", file.name);
        assert!(file.text.lines().count() <= 500, "{}", file.name);
    }
    assert!(!INDEX.text.contains("<style") && !INDEX.text.contains("<script>"));
}

/// A browser that has the file is told so, another one gets it.
#[test]
fn a_file_is_sent_once() {
    let mut headers = HeaderMap::new();
    let first = answer(&INDEX, &headers);
    assert_eq!(first.status(), StatusCode::OK);
    headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
    assert_eq!(answer(&INDEX, &headers).status(), StatusCode::NOT_MODIFIED);
    assert_eq!(answer(file("app.js"), &headers).status(), StatusCode::OK);
}
