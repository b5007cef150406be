//! Whether two lanes were offered the same due times.

use std::fmt;
use std::str::FromStr;

use crate::record::Nanos;

/// A fingerprint of due times, to show that two lanes were offered the same ones. It is made as the
/// instants come, in constant time and memory for each: FNV-1a over their bytes, the least
/// significant first. Written as `{count} due, {hash}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    count: u64,
    hash: u64,
}

/// The prime of FNV-1a.
const PRIME: u64 = 0x100_0000_01b3;

impl Default for Fingerprint {
    /// Of no due time.
    fn default() -> Self {
        Self { count: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Fingerprint {
    /// Adds the next due time.
    #[inline]
    pub fn note(&mut self, at: Nanos) {
        self.count += 1;
        let [a, b, c, d, e, f, g, h] = at.to_le_bytes();
        let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        let hash = [a, b, c, d, e, f].into_iter().fold(self.hash, add);
        // Each product waits for the one before. Of an act of less than two years the last byte is 0,
        // which only multiplies once more, and that can be done ahead.
        self.hash = if h == 0 {
            (hash ^ u64::from(g)).wrapping_mul(PRIME.wrapping_mul(PRIME))
        } else {
            add(add(hash, g), h)
        };
    }

    /// How many due times it covers.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} due, {:016x}", self.count, self.hash)
    }
}

/// No fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoFingerprint;

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let read = || {
            let (count, hash) = text.split_once(" due, ")?;
            let digits = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let hash = u64::from_str_radix(hash, 16).ok().filter(|_| digits)?;
            Some(Self { count: count.parse().ok()?, hash })
        };
        read().ok_or(NoFingerprint)
    }
}

impl FromIterator<Nanos> for Fingerprint {
    fn from_iter<I: IntoIterator<Item = Nanos>>(due: I) -> Self {
        let mut fingerprint = Self::default();
        due.into_iter().for_each(|at| fingerprint.note(at));
        fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let written: Fingerprint = [1, 2, 3].into_iter().collect();
        assert_eq!(written.to_string().parse(), Ok(written));
        for wrong in ["", "2df9af8a4fcd7ea0", "3 due, ", "x due, 2df9af8a4fcd7ea0", "3 due, +df9af8a4fcd7ea0"]
        {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(NoFingerprint), "{wrong}");
        }
    }

    #[test]
    fn a_fingerprint_is_fnv_1a_of_the_bytes() {
        for at in (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 0x0102_0304_0506_0708 >> bit]) {
            let plain = at
                .to_le_bytes()
                .into_iter()
                .fold(Fingerprint::default().hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
            assert_eq!([at].into_iter().collect::<Fingerprint>().hash, plain, "{at:x}");
        }
    }
}
