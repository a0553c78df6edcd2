//! `/page/qr`: a text as a QR code (ISO/IEC 18004), drawn as SVG for the page's pictures.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use faic_node::ErrorCode;
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use crate::{extract::Parameters, problem::Problem};

/// Most bytes of the text; an address has 64.
const TEXT_BYTES_MAX: usize = 512;

/// The width of the empty border in modules, which the standard asks for.
const QUIET: usize = 4;

/// What is drawn.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// The text.
    text: String,
}

/// Answers the QR code of a text.
pub(super) async fn draw(Parameters(Text { text }): Parameters<Text>) -> Result<Response, Problem> {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "max-age=86400"),
    ];
    Ok((headers, svg(&text)?).into_response())
}

/// Draws the QR code of a text: dark modules as one path on a light square.
fn svg(text: &str) -> Result<String, Problem> {
    let refuse = |message: String| Problem::new(ErrorCode::InvalidQuery, message);
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return Err(refuse(format!("the text is empty or over {TEXT_BYTES_MAX} bytes")));
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| refuse("the text fits no QR code".to_owned()))?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET));
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests;
