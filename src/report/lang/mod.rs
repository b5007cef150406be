//! THE LANGUAGES: what is said in English stands where it is said, and every other language has one catalogue, which
//! tells for each English text what takes its place.
//!
//! A text that a catalogue does not have is said in English; `tests/laws/language.rs` finds such texts. Nobody has to
//! choose: who uses the library and says nothing gets English.

mod catalogue;
mod choice;
mod signs;

use std::fmt::Display;

pub use choice::{Lang, speak, within};

#[cfg(test)]
pub(in crate::report) use catalogue::chinese_texts;
pub(in crate::report) use choice::spoken;
pub(in crate::report) use signs::{is_wide, punctuated};

/// A text without places, in the language that is spoken. What follows `¦` tells apart texts that are the same in
/// English, and is not said.
pub(crate) fn word(english: &'static str) -> &'static str {
    let plain = || english.split('¦').next().unwrap_or(english);
    match spoken() {
        Lang::En => plain(),
        Lang::Zh => catalogue::chinese(english).unwrap_or_else(plain),
    }
}

/// What a room below or a built-in scenario says in English, in the language that is spoken: a text that is made
/// while the program runs, so it may be in no catalogue, and then is said as it is.
pub(crate) fn heard(english: &str) -> &str {
    match spoken() {
        Lang::En => english,
        Lang::Zh => catalogue::chinese(english).unwrap_or(english),
    }
}

/// Marks a text that a constant holds and that [`word`] says later, so that the catalogues have it.
pub(crate) const fn key(english: &'static str) -> &'static str {
    english
}

/// Says a text whose places in braces are filled with values of the same name, in the language that is spoken:
/// `say!("{count} of {all} were served", count, all = due)`.
macro_rules! say {
    (@value $name:ident) => { $name };
    (@value $name:ident = $value:expr) => { $value };
    ($english:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::report::lang::filled(
            $english,
            &[$((
                stringify!($name),
                &$crate::report::lang::say!(@value $name $(= $value)?) as &dyn ::std::fmt::Display,
            )),*],
        )
    };
}
pub(crate) use say;

/// The text with its places filled. A place that nobody fills stays as it is, so that it is seen.
pub(crate) fn filled(english: &'static str, values: &[(&str, &dyn Display)]) -> String {
    let mut rest = word(english);
    let mut said = String::with_capacity(rest.len() + 16 * values.len());
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        said.push_str(before);
        let place = from[1..].split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        rest = match place {
            // A brace that stands for itself is written twice.
            _ if from.starts_with("{{") || from.starts_with("}}") => {
                said.push_str(&from[..1]);
                &from[2..]
            }
            Some((value, after)) if from.starts_with('{') => {
                said.push_str(&value.to_string());
                after
            }
            _ => {
                said.push_str(&from[..1]);
                &from[1..]
            }
        };
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_by_name() {
        let (count, all) = (3, "many");
        assert_eq!(say!("{count} of {all}", count, all), "3 of many");
        assert_eq!(say!("{all}{all}{{x}} {none} }", all), "manymany{x} {none} }");
    }

    #[test]
    fn a_text_without_a_translation_is_said_in_english() {
        within(Lang::Zh, || {
            assert_eq!(word("no catalogue has this¦here"), "no catalogue has this");
            assert_eq!(heard("nor this"), "nor this");
        });
    }
}
