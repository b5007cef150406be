//! The language of reports: what was typed, or what the surroundings ask for.

use super::args::Language;
use crate::report::lang::{Lang, speak};

/// The first of these that is set says what language its user reads, as for every program of a Unix.
const LOCALES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// Chooses the language for all that is said from here on.
pub(super) fn choose(typed: Option<Language>) {
    speak(chosen(typed, |name| std::env::var(name).ok()));
}

fn chosen(typed: Option<Language>, variable: impl Fn(&str) -> Option<String>) -> Lang {
    match typed {
        Some(Language::En) => Lang::En,
        Some(Language::Zh) => Lang::Zh,
        None => {
            let set = LOCALES.into_iter().filter_map(variable).find(|locale| !locale.is_empty());
            set.map_or(Lang::En, |locale| Lang::of_locale(&locale))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_before_the_surroundings_and_the_weightiest_of_these_first() {
        let of = |typed, set: &[(&str, &str)]| {
            chosen(typed, |name| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned()))
        };
        assert_eq!(of(None, &[]), Lang::En);
        assert_eq!(of(None, &[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
        assert_eq!(of(None, &[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]), Lang::Zh);
        assert_eq!(of(None, &[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")]), Lang::En);
        assert_eq!(of(None, &[("LANG", "en_GB.UTF-8"), ("LC_ALL", "zh_TW")]), Lang::Zh);
        assert_eq!(of(Some(Language::En), &[("LC_ALL", "zh_CN")]), Lang::En);
        assert_eq!(of(Some(Language::Zh), &[("LC_ALL", "C")]), Lang::Zh);
    }
}
