//! Money: a checked number of nano.
//!
//! 1 FAIC is 10^9 nano. An [`Amount`] never exceeds [`Amount::SUPPLY_MAX`], and there is no arithmetic on it but the
//! checked kind, so an overflow is a value that the caller must handle and never a wrong balance.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};

/// Nano in one FAIC.
const NANO_PER_FAIC: u64 = 1_000_000_000;
/// Decimal places of one FAIC.
const DECIMALS: usize = 9;

/// An amount of money in nano, at most [`Amount::SUPPLY_MAX`].
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Amount(u64);

impl Amount {
    /// No money.
    pub const ZERO: Self = Self(0);
    /// The most money that can ever exist: 10^9 FAIC, which is 10^18 nano and fits a signed 64-bit integer.
    pub const SUPPLY_MAX: Self = Self(1_000_000_000 * NANO_PER_FAIC);

    /// An amount of so many nano.
    ///
    /// # Errors
    /// [`AmountError::OverSupply`] beyond [`Amount::SUPPLY_MAX`].
    pub const fn from_nano(nano: u64) -> Result<Self, AmountError> {
        if nano > Self::SUPPLY_MAX.0 { Err(AmountError::OverSupply) } else { Ok(Self(nano)) }
    }

    /// An amount of so many whole FAIC, for constants.
    ///
    /// # Errors
    /// [`AmountError::OverSupply`] beyond [`Amount::SUPPLY_MAX`].
    pub const fn from_faic(faic: u64) -> Result<Self, AmountError> {
        match faic.checked_mul(NANO_PER_FAIC) {
            Some(nano) => Self::from_nano(nano),
            None => Err(AmountError::OverSupply),
        }
    }

    /// The number of nano.
    pub const fn nano(self) -> u64 {
        self.0
    }

    /// Whether this is no money at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond the supply.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|nano| Self::from_nano(nano).ok())
    }

    /// The difference, or `None` when `other` is more.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, or `None` beyond the supply.
    #[must_use]
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        self.0.checked_mul(factor).and_then(|nano| Self::from_nano(nano).ok())
    }

    /// `self × numerator ÷ denominator`, rounded down; `None` for a zero denominator or beyond the supply.
    #[must_use]
    pub fn checked_share(self, numerator: u64, denominator: u64) -> Option<Self> {
        let product = u128::from(self.0).checked_mul(u128::from(numerator))?;
        let share = product.checked_div(u128::from(denominator))?;
        u64::try_from(share).ok().and_then(|nano| Self::from_nano(nano).ok())
    }

    /// The sum of many amounts, or `None` beyond the supply.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Parses a whole number of nano, as the API writes it: digits only, no sign, no leading zero.
    ///
    /// # Errors
    /// [`AmountError`] names what is wrong with the text.
    pub fn parse_nano(text: &str) -> Result<Self, AmountError> {
        check_sign(text)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if text.is_empty() || !digits || (text.len() > 1 && text.starts_with('0')) {
            return Err(AmountError::NotANumber);
        }
        text.parse().map_err(|_| AmountError::OverSupply).and_then(Self::from_nano)
    }

    /// Parses decimal FAIC, as people write it: `12`, `0.5`, `1.000000001`.
    ///
    /// # Errors
    /// [`AmountError`] names what is wrong with the text; more than nine decimals are refused, never rounded.
    pub fn parse_faic(text: &str) -> Result<Self, AmountError> {
        check_sign(text)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.is_empty() || !digits {
            return Err(AmountError::NotANumber);
        }
        if fraction.len() > DECIMALS {
            return Err(AmountError::TooManyDecimals);
        }
        let whole: u64 = whole.parse().map_err(|_| AmountError::OverSupply)?;
        let nano: u64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| AmountError::NotANumber)?;
        whole
            .checked_mul(NANO_PER_FAIC)
            .and_then(|product| product.checked_add(nano))
            .ok_or(AmountError::OverSupply)
            .and_then(Self::from_nano)
    }
}

/// Refuses a minus sign with its own error, because it is what a person would want to know.
fn check_sign(text: &str) -> Result<(), AmountError> {
    if text.starts_with('-') { Err(AmountError::Negative) } else { Ok(()) }
}

impl fmt::Display for Amount {
    /// Decimal FAIC without trailing zeros, such as `12.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.checked_div(NANO_PER_FAIC).unwrap_or_default();
        let nano = self.0.checked_rem(NANO_PER_FAIC).unwrap_or_default();
        if nano == 0 {
            return f.pad(&whole.to_string());
        }
        let fraction = format!("{nano:0DECIMALS$}");
        f.pad(&format!("{whole}.{}", fraction.trim_end_matches('0')))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nano", self.0)
    }
}

impl BorshDeserialize for Amount {
    /// Refuses amounts beyond the supply, so that no decoded amount breaks the invariant.
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let nano = u64::deserialize_reader(reader)?;
        Self::from_nano(nano).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Why a text or a number is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain decimal number.
    #[error("the amount is not a plain decimal number")]
    NotANumber,
    /// Less than zero.
    #[error("the amount is negative")]
    Negative,
    /// More than nine decimal places.
    #[error("the amount has more than nine decimals; one nano is 0.000000001 FAIC")]
    TooManyDecimals,
    /// More than can ever exist.
    #[error("the amount is over the supply of 1000000000 FAIC")]
    OverSupply,
}

#[cfg(test)]
mod tests;
