//! QR codes for a terminal, of half blocks: two rows of the code in a line of text.

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use crate::failure::{Code, Failure};

/// Draws a text, bright on dark as most terminals are.
///
/// # Errors
/// [`Code::TooLongForQr`] for a text that no QR code can hold.
pub(super) fn draw(text: &str) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| Failure::new(Code::TooLongForQr, format!("{} letters are too long for a QR code", text.len())))?;
    let lines = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Ok(lines + "\n")
}
