//! The catalogue of error codes as a page: generated from the table of codes, so that it is never behind it.

use faic_node::ErrorCode;

/// Where the node shows the page; the code is the fragment.
pub(crate) const PATH: &str = "/docs/errors";

/// What the page says before its entries.
const PREFACE: &str = "Every error of the HTTP API is a problem document (RFC 9457) whose `type` leads to its entry here. \
    A code never changes its meaning. This page is generated from the table of codes in the program.";

/// The facts about a code, in one line.
fn facts(code: ErrorCode) -> String {
    let again = if code.is_retryable() { "may succeed later" } else { "fails again until something is changed" };
    format!("HTTP {}, kind {}; the same request {again}.", code.http_status(), code.kind())
}

/// The catalogue in Markdown.
pub fn markdown() -> String {
    let mut text = format!("# Error codes\n\n{PREFACE}\n");
    for code in ErrorCode::ALL {
        let (title, advice) = (code.title(), code.advice());
        text.push_str(&format!("\n## `{code}`\n\n- Cause: {title}.\n- Cure: {advice}\n- {}\n", facts(*code)));
    }
    text
}

/// The catalogue as a page.
pub(crate) fn html() -> String {
    let head = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Error codes</title>";
    let mut page = format!("{head}<h1>Error codes</h1><p>{}</p>", escape(&PREFACE.replace('`', "")));
    for code in ErrorCode::ALL {
        let (title, advice) = (escape(code.title()), escape(code.advice()));
        page.push_str(&format!(
            "<h2 id=\"{code}\">{code}</h2><p>Cause: {title}.</p><p>Cure: {advice}</p><p>{}</p>",
            facts(*code)
        ));
    }
    page
}

/// A text as HTML shows it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
