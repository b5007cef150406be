//! Which language is spoken.

use std::cell::Cell;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// A language that reports can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// Its code, as it is typed and as a page names it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of a locale such as `zh_CN.UTF-8`; English for all that are not known.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        match locale.get(..2) {
            Some(code) if code.eq_ignore_ascii_case("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

impl FromStr for Lang {
    type Err = &'static str;

    /// Reads `en` or `zh`.
    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|lang| lang.code() == code).ok_or("write en or zh")
    }
}

/// What a program chose once, for all of its threads: whether it is Chinese.
static CHINESE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What [`within`] chose, for what it runs.
    static HERE: Cell<Option<Lang>> = const { Cell::new(None) };
}

/// Chooses the language of a whole program, on every thread.
pub fn speak(lang: Lang) {
    CHINESE.store(lang == Lang::Zh, Ordering::Relaxed);
}

/// Runs something that speaks this language, on this thread alone and whatever the program chose.
pub fn within<T>(lang: Lang, run: impl FnOnce() -> T) -> T {
    struct Back(Option<Lang>);
    impl Drop for Back {
        fn drop(&mut self) {
            HERE.set(self.0);
        }
    }
    let _back = Back(HERE.replace(Some(lang)));
    run()
}

/// The language that is spoken here.
pub(in crate::report) fn spoken() -> Lang {
    let chosen = || if CHINESE.load(Ordering::Relaxed) { Lang::Zh } else { Lang::En };
    HERE.get().unwrap_or_else(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_tells_the_language() {
        for chinese in ["zh", "zh_CN.UTF-8", "zh_TW", "ZH-hans"] {
            assert_eq!(Lang::of_locale(chinese), Lang::Zh, "{chinese}");
        }
        for other in ["", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "de_AT", "é"] {
            assert_eq!(Lang::of_locale(other), Lang::En, "{other}");
        }
    }

    #[test]
    fn what_was_spoken_before_is_spoken_after() {
        assert_eq!(spoken(), Lang::En);
        within(Lang::Zh, || {
            within(Lang::En, || assert_eq!(spoken(), Lang::En));
            assert_eq!(spoken(), Lang::Zh);
        });
        let _ = std::panic::catch_unwind(|| within(Lang::Zh, || std::panic::panic_any(())));
        assert_eq!(spoken(), Lang::En);
    }
}
