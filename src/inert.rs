//! TEXT THAT ONLY SHOWS ITSELF: whatever a scenario, a record or a server wrote, a terminal prints it
//! and obeys none of it.

/// Whether a character only shows itself.
#[must_use]
pub fn is_plain(c: char) -> bool {
    // Marks and overrides of direction, and invisible characters that hide text in text.
    let unseen = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !c.is_control() && !unseen
}

/// The text on one line, with every character that does more than show itself spelled out: `\u{1b}` for
/// an escape, `\n` for a new line.
#[must_use]
pub fn inert(text: &str) -> String {
    spelled(text, is_plain)
}

/// The same for text of several lines: its line feeds stay.
#[must_use]
pub fn inert_lines(text: &str) -> String {
    spelled(text, |c| c == '\n' || is_plain(c))
}

/// The same, cut at so many characters with a `…` at the end.
#[must_use]
pub fn inert_start(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", inert(&text[..end])),
        None => inert(text),
    }
}

fn spelled(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if stays(c) { safe.push(c) } else { safe.extend(c.escape_default()) }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_spelled_out() {
        assert_eq!(
            inert("a\u{1b}[31mb\u{7}\n\u{9b}2J\u{202e}z"),
            "a\\u{1b}[31mb\\u{7}\\n\\u{9b}2J\\u{202e}z"
        );
        assert_eq!(inert_lines("one\ntwo\r"), "one\ntwo\\r");
        assert_eq!(inert("177 s – µs é 数据库 \"x\""), "177 s – µs é 数据库 \"x\"");
        assert_eq!(inert_start("数据库\n", 2), "数据…");
        assert_eq!(inert_start("ab", 2), "ab");
    }

    proptest! {
        #[test]
        fn what_is_inert_is_plain_and_stays_so(text in any::<String>()) {
            prop_assert!(inert(&text).chars().all(is_plain));
            prop_assert_eq!(inert(&inert(&text)), inert(&text));
        }
    }
}
