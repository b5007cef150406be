//! Reading a TOML table key by key, so that every fault is found at once and each one says its
//! file, line and key, what was found, and what would be right.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Reader;
use super::keys;
use super::limits::MOST_PARTS;
use crate::units::{UnitError, parse_duration, parse_duration_above_zero};

/// One table of the file, under its path. Keys that are never asked for are unknown keys.
pub(super) struct Section<'r, 't> {
    reader: &'r Reader<'t>,
    table: &'r DeTable<'t>,
    span: Range<usize>,
    path: String,
    /// The section's name in [`keys::KEYS`]: the path without indices.
    kind: &'static str,
    asked: RefCell<Vec<&'static str>>,
}

/// A value with the place where it stands.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
    pub(super) key: String,
}

/// A value of any kind, its place, and its key.
pub(super) type FoundValue<'r, 't> = (&'r DeValue<'t>, Range<usize>, String);

impl<'r, 't> Section<'r, 't> {
    pub(super) fn new(
        reader: &'r Reader<'t>,
        table: &'r DeTable<'t>,
        span: Range<usize>,
        path: String,
        kind: &'static str,
    ) -> Self {
        Self { reader, table, span, path, kind, asked: RefCell::default() }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn has(&self, name: &'static str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        debug_assert!(keys::known(self.kind, name), "key {name} of [{}] is not in keys::KEYS", self.kind);
        self.asked.borrow_mut().push(name);
        self.table.get(name)
    }

    /// A value that `take` accepts; a fault with `mend` where it does not.
    fn value<T>(
        &self,
        name: &'static str,
        mend: &str,
        take: impl FnOnce(&'r DeValue<'t>) -> Option<T>,
    ) -> Option<Found<T>> {
        let value = self.get(name)?;
        let taken = take(value.get_ref());
        if taken.is_none() {
            self.reader.fault(value.span(), &self.key(name), told(value.get_ref()), mend);
        }
        taken.map(|taken| Found { value: taken, span: value.span(), key: self.key(name) })
    }

    /// A value of any other kind that `take` accepts.
    pub(super) fn chosen<T>(
        &self,
        name: &'static str,
        mend: &str,
        take: impl FnOnce(&'r DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        self.value(name, mend, take).map(|found| found.value)
    }

    /// Says that a key has to be there and is not.
    pub(super) fn missing(&self, name: &str, mend: &str) {
        self.reader.fault(self.span(), &self.key(name), "the key is missing", mend);
    }

    pub(super) fn text(&self, name: &'static str, mend: &str) -> Option<Found<&'r str>> {
        self.value(name, mend, |value| value.as_str().filter(|text| !text.trim().is_empty()))
    }

    /// A text that has to parse; the parser's own words say what would be right.
    pub(super) fn parsed<T, E: fmt::Display>(
        &self,
        name: &'static str,
        mend: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name, mend)?;
        parse(text.value)
            .map_err(|fault| {
                self.reader.fault(
                    text.span,
                    &text.key,
                    format!("found \"{}\"", text.value),
                    fault.to_string(),
                );
            })
            .ok()
    }

    /// A duration; `least` says whether zero is allowed.
    pub(super) fn duration(&self, name: &'static str, least: Least) -> Option<Duration> {
        let mend = "write a time as a number with its unit, like \"177s\", \"100ms\" or \"1m 30s\"";
        let parse: fn(&str) -> Result<Duration, UnitError> = match least {
            Least::Zero => parse_duration,
            Least::AboveZero => parse_duration_above_zero,
        };
        self.parsed(name, mend, parse)
    }

    pub(super) fn whole<T>(&self, name: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i128> + PartialOrd + fmt::Display,
    {
        let mend = format!("write a whole number from {} to {}", range.start(), range.end());
        let found = self.value(name, &mend, |value| {
            let integer = value.as_integer()?;
            i128::from_str_radix(integer.as_str(), integer.radix()).ok()
        })?;
        match T::try_from(found.value).ok().filter(|value| range.contains(value)) {
            Some(value) => Some(value),
            None => {
                self.reader.fault(found.span, &found.key, format!("found {}", found.value), mend);
                None
            }
        }
    }

    pub(super) fn decimal(&self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let mend = if range.end().is_finite() {
            format!("write a number from {} to {}", range.start(), range.end())
        } else {
            format!("write a number of at least {}", range.start())
        };
        let found = self.value(name, &mend, |value| match value {
            DeValue::Integer(integer) => integer.as_str().parse::<f64>().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        })?;
        if range.contains(&found.value) {
            return Some(found.value);
        }
        self.reader.fault(found.span, &found.key, format!("found {}", found.value), mend);
        None
    }

    /// An array of texts.
    pub(super) fn texts(&self, name: &'static str, mend: &str) -> Option<Vec<Found<&'r str>>> {
        let array = self.value(name, mend, |value| value.as_array())?;
        let mut texts = Vec::new();
        for (index, item) in array.value.iter().enumerate() {
            let key = format!("{}[{index}]", array.key);
            match item.get_ref().as_str() {
                Some(text) => texts.push(Found { value: text, span: item.span(), key }),
                None => self.reader.fault(item.span(), &key, told(item.get_ref()), mend),
            }
        }
        Some(texts)
    }

    /// An array of any values.
    pub(super) fn values(&self, name: &'static str, mend: &str) -> Option<Found<Vec<FoundValue<'r, 't>>>> {
        let Found { value: array, span, key } = self.value(name, mend, |value| value.as_array())?;
        let items = array.iter().enumerate();
        let value = items.map(|(i, item)| (item.get_ref(), item.span(), format!("{key}[{i}]"))).collect();
        Some(Found { value, span, key })
    }

    pub(super) fn section(&self, name: &'static str, kind: &'static str) -> Option<Section<'r, 't>> {
        let mend = format!("write a table [{}]", self.key(name));
        let found = self.value(name, &mend, |value| value.as_table())?;
        Some(Section::new(self.reader, found.value, found.span, found.key, kind))
    }

    pub(super) fn sections(&self, name: &'static str, kind: &'static str) -> Vec<Section<'r, 't>> {
        let mend = format!("write each as a table under [[{}]]", self.key(name));
        let Some(array) = self.value(name, &mend, |value| value.as_array()) else { return Vec::new() };
        if array.value.len() > MOST_PARTS {
            let found = format!("found {} of them", array.value.len());
            self.fault(&array, found, format!("write at most {MOST_PARTS}"));
            return Vec::new();
        }
        let mut sections = Vec::new();
        for (index, item) in array.value.iter().enumerate() {
            let path = format!("{}[{index}]", array.key);
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(self.reader, table, item.span(), path, kind)),
                None => self.reader.fault(item.span(), &path, told(item.get_ref()), mend.as_str()),
            }
        }
        sections
    }

    pub(super) fn fault(&self, found: &Found<impl Sized>, told: impl Into<String>, mend: impl Into<String>) {
        self.reader.fault(found.span.clone(), &found.key, told, mend);
    }

    pub(super) fn reader(&self) -> &'r Reader<'t> {
        self.reader
    }

    /// Reports every key that nobody asked for, with the nearest known one.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if asked.contains(&name) {
                continue;
            }
            if self.reader.is_full() {
                self.reader.fault(key.span(), name, "", "");
                continue;
            }
            let nearest = nearest(name, &asked);
            let mend = match nearest {
                Some(known) => format!("did you mean \"{known}\"?"),
                None => {
                    let mut known: Vec<&str> = asked.to_vec();
                    known.sort_unstable();
                    known.dedup();
                    format!("the keys here are {}", known.join(", "))
                }
            };
            self.reader.fault(key.span(), &self.key(name), "unknown key", mend);
        }
    }
}

/// Whether zero is a sensible value for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    Zero,
    AboveZero,
}

pub(super) fn told(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.trim().is_empty() => "found an empty text".to_owned(),
        DeValue::String(text) => format!("found the text \"{text}\""),
        DeValue::Integer(number) => format!("found the number {}", number.as_str()),
        DeValue::Float(number) => format!("found the number {}", number.as_str()),
        DeValue::Boolean(value) => format!("found {value}"),
        other => format!("found {}", other.type_str()),
    }
}

/// The known name that was probably meant.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // Comparing takes the product of both lengths, and no slip of the finger is this long.
    if name.len() > MOST_COMPARED {
        return None;
    }
    known
        .iter()
        .map(|known| (strsim::levenshtein(name, known), *known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}

/// Bytes of a name that is compared with the known ones.
const MOST_COMPARED: usize = 64;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = ["size", "acquire-timeout"];
        assert_eq!(nearest("sise", &known), Some("size"));
        assert_eq!(nearest("acquire_timeout", &known), Some("acquire-timeout"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), &known), None);
    }
}
