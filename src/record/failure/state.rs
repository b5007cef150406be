//! The codes by which a Postgres names its errors.

use std::fmt;

/// An SQLSTATE: five digits and capital letters, of which the first two are the class. The same in
/// every language that a server may speak.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// Reads a code; nothing where it is none.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 5] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()).then_some(Self(bytes))
    }

    /// The code, five characters: `57014`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only digits and capitals get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The class of the code, its first two characters: `57`.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.as_str()[..2]
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlState({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_are_codes() {
        assert_eq!(SqlState::new("57P01").unwrap().to_string(), "57P01");
        assert_eq!(SqlState::new("42601").unwrap().class(), "42");
        for nonsense in ["", "5701", "57014x", "57p01", "ÄÖ1", "57 14"] {
            assert_eq!(SqlState::new(nonsense), None, "{nonsense}");
        }
    }
}
