//! The signs between pieces of a text. Pieces are put together with signs of English; between Chinese letters stand
//! those of Chinese, which have their space within.

use std::borrow::Cow;

use super::choice::{Lang, spoken};

/// A text with the signs of the language that is spoken.
pub(in crate::report) fn punctuated(text: &str) -> Cow<'_, str> {
    match spoken() {
        Lang::En => Cow::Borrowed(text),
        Lang::Zh => Cow::Owned(chinese(text)),
    }
}

fn chinese(text: &str) -> String {
    let mut set = String::with_capacity(text.len() + 8);
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let last = set.chars().last();
        let own = match sign {
            ',' => '，',
            ';' => '；',
            ':' => '：',
            ' ' if last.is_some_and(|last| STOPS.contains(last)) => continue,
            other => {
                set.push(other);
                continue;
            }
        };
        let mut after = signs.clone();
        let spaced = after.next() == Some(' ');
        let near = |sign: Option<char>| sign.is_some_and(is_wide);
        let ends = spaced || signs.peek().is_none();
        if ends && (near(last) || near(after.next())) {
            set.push(own);
        } else {
            set.push(sign);
        }
    }
    set
}

/// Signs that need no space after them.
const STOPS: &str = "，。；：、？！";

/// Letters of Chinese, and the signs of its own.
pub(in crate::report) fn is_wide(sign: char) -> bool {
    matches!(sign, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::super::within;
    use super::*;

    #[test]
    fn signs_beside_chinese_letters_are_chinese() {
        let set = |text| within(Lang::Zh, || punctuated(text).into_owned());
        assert_eq!(set("优化前: request-scoped, 每个"), "优化前：request-scoped，每个");
        assert_eq!(set("一致。 其他; 没有: "), "一致。其他；没有：");
        assert_eq!(set("C1, C2: a; b:8080 12:30 中,x"), "C1, C2: a; b:8080 12:30 中,x");
        assert_eq!(within(Lang::En, || punctuated("前: x").into_owned()), "前: x");
    }
}
