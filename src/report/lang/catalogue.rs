//! The catalogues: English text, and what takes its place.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Chinese, by the English text. It is a constant, which a test reads.
static CHINESE: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(include_str!("zh.toml")).unwrap_or_default());

/// What takes the place of an English text in Chinese.
pub(super) fn chinese(english: &str) -> Option<&'static str> {
    CHINESE.get(english).map(String::as_str)
}

/// All that is said in Chinese.
#[cfg(test)]
pub(in crate::report) fn chinese_texts() -> impl Iterator<Item = &'static str> {
    CHINESE.values().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_can_be_read() {
        let read: Result<BTreeMap<String, String>, _> = toml::from_str(include_str!("zh.toml"));
        assert!(read.is_ok_and(|texts| !texts.is_empty()));
    }
}
