//! QR codes for a terminal, of half blocks: two rows of the code in a line of text.

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use crate::{
    failure::{Code, Failure},
    output::{Output, error_width, terminal_width},
};

/// Where a code is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Canvas {
    /// On standard output.
    Answer,
    /// On standard error.
    Remark,
}

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub(super) enum QrError {
    /// No code holds so much.
    #[error("{letters} letters are too long for a QR code")]
    TooLong {
        /// How many there are.
        letters: usize,
    },
    /// The terminal is too narrow.
    #[error("the QR code is {needed} columns wide, the terminal {width}")]
    TooWide {
        /// The width of the code.
        needed: usize,
        /// That of the terminal.
        width: usize,
    },
}

/// Draws a text, bright on dark as most terminals are.
///
/// # Errors
/// [`QrError`] says why it cannot be drawn there.
pub(super) fn draw(text: &str, canvas: Canvas) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| QrError::TooLong { letters: text.chars().count() })?;
    let lines = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    let needed = lines.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let width = match canvas {
        Canvas::Answer => terminal_width(),
        Canvas::Remark => error_width(),
    };
    match width.filter(|width| *width < needed) {
        Some(width) => Err(QrError::TooWide { needed, width }),
        None => Ok(lines + "\n"),
    }
}

/// Draws a text that is answered as such too, so that a terminal which is too narrow for the code is only told of.
///
/// # Errors
/// [`Code::TooLongForQr`] for a text that no code can hold.
pub(super) fn draw_beside(text: &str, output: Output) -> Result<Option<String>, Failure> {
    match draw(text, Canvas::Answer) {
        Ok(code) => Ok(Some(code)),
        Err(error @ QrError::TooWide { .. }) => {
            output.note(&format!("note: {error}, so none is drawn"));
            Ok(None)
        }
        Err(error @ QrError::TooLong { .. }) => Err(Failure::new(Code::TooLongForQr, error)),
    }
}
