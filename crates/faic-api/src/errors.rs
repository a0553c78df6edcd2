//! The catalogue of error codes as a page: generated from the table of codes, so that it is never behind it.

use faic_node::ErrorCode;

/// Where the node shows the page; the code is the fragment.
pub(crate) const PATH: &str = "/docs/errors";

/// What the page says before its entries.
const PREFACE: &str = "Every error of the HTTP API is a problem document (RFC 9457) whose `type` leads to its entry here. \
    A code never changes its meaning. This page is generated from the table of codes in the program.";

/// Where a reader of Chinese finds the same.
const CHINESE: &str = "<p lang=\"zh-CN\">各错误码的中文含义和处理办法见<a href=\"/#/errors\">错误码</a>。</p>";

/// How the page begins: as wide as the screen, in the colours that the reader prefers.
const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>FAIC: error codes</title>\
    <link rel=\"icon\" href=\"/page/icon.svg\"><style>:root{color-scheme:light dark}\
    body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem}\
    section{border-top:1px solid #8886;margin-top:1.5rem}section:target{outline:2px solid #36c;outline-offset:.5rem}\
    h2{font-family:ui-monospace,monospace;overflow-wrap:anywhere}</style>";

/// The facts about a code, in one line.
fn facts(code: ErrorCode) -> String {
    let again = if code.is_retryable() { "may succeed later" } else { "fails again until something is changed" };
    format!("HTTP {}, kind {}; the same request {again}.", code.http_status(), code.kind())
}

/// The catalogue in Markdown.
pub fn markdown() -> String {
    let mut text = format!("# Error codes\n\n{PREFACE}\n");
    for code in ErrorCode::ALL {
        let (title, cause, advice) = (code.title(), code.cause(), code.advice());
        let facts = facts(*code);
        text.push_str(&format!("\n## `{code}`\n\n{title}.\n\n- Cause: {cause}\n- Cure: {advice}\n- {facts}\n"));
    }
    text
}

/// The catalogue as a page.
pub(crate) fn html() -> String {
    let mut page = format!("{HEAD}<h1>Error codes</h1><p>{}</p>{CHINESE}", escape(&PREFACE.replace('`', "")));
    for code in ErrorCode::ALL {
        let [title, cause, advice] = [code.title(), code.cause(), code.advice()].map(escape);
        page.push_str(&format!(
            "<section id=\"{code}\"><h2>{code}</h2><p>{title}.</p><p><b>Cause</b> {cause}</p><p><b>Cure</b> {advice}</p>\
             <p>{}</p></section>",
            facts(*code)
        ));
    }
    page
}

/// A text as HTML shows it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
