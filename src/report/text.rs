//! Text that is safe to print: cleaned of control characters, and wrapped.

use crate::inert::is_plain;

/// Text on one line, without the characters that a terminal obeys or that turn the direction of
/// the text around. Runs of white space become one space.
pub(super) fn clean(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let kept: String = without_escapes(&spaced).chars().filter(|c| is_plain(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out whole escape sequences, so that `ESC [ 3 1 m` leaves no `[31m` behind.
fn without_escapes(text: &str) -> String {
    let mut kept = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.next_if_eq(&'[').is_some() => skip_until_final(&mut chars),
            '\u{9b}' => skip_until_final(&mut chars),
            '\u{1b}' => {}
            other => kept.push(other),
        }
    }
    kept
}

fn skip_until_final(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while chars.next_if(|c| ('\u{20}'..='\u{3f}').contains(c)).is_some() {}
    chars.next_if(|c| ('\u{40}'..='\u{7e}').contains(c));
}

/// Wraps text at a width in columns, of which a Chinese letter takes two; lines after the first begin
/// with `indent`. A number stays with its unit.
pub(super) fn wrap(text: &str, width: usize, first: &str, indent: &str) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&joined(text), options).replace(JOINT, " ")
}

/// Columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// Cleaned text whose numbers stay with their units wherever it is wrapped later.
pub(super) fn unbroken(text: &str) -> String {
    joined(&clean(text))
}

/// A space at which nobody wraps.
const JOINT: char = '\u{a0}';

/// Text whose numbers are joined with their units, and signs with their numbers.
fn joined(text: &str) -> String {
    let mut joined = String::new();
    let mut last = "";
    for word in text.split_whitespace() {
        let unit =
            ["%", "×", "s", "ms", "µs", "ns"].contains(&word.trim_end_matches([',', ';', '.', ')', ':']));
        let stays = unit && last.ends_with(|c: char| c.is_ascii_digit()) || ["<", ">", "±"].contains(&last);
        if !joined.is_empty() {
            joined.push(if stays { JOINT } else { ' ' });
        }
        joined.push_str(word);
        last = word;
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terminal_is_not_obeyed() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m \u{9b}1;2Hx\u{7}\r\ny\u{202e}z"), "red x yz");
        assert_eq!(clean("\u{1b}]0;title\u{7}plain"), "]0;titleplain");
        assert_eq!(clean("queue 177 s – µs é 数据库"), "queue 177 s – µs é 数据库");
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(
            wrap("it took at least 180 s, or > 30 ms", 17, "- ", "  "),
            "- it took at\n  least 180 s, or\n  > 30 ms"
        );
    }

    #[test]
    fn a_chinese_letter_takes_two_columns() {
        assert_eq!(wrap("数据库 连接池 abc", 13, "", "  "), "数据库 连接池\n  abc");
        assert_eq!(wrap("数据库 连接池 abc", 12, "", "  "), "数据库\n  连接池 abc");
    }

    proptest! {
        #[test]
        fn what_is_cleaned_is_plain_and_stays_so(text in any::<String>()) {
            let cleaned = clean(&text);
            prop_assert!(cleaned.chars().all(is_plain));
            prop_assert_eq!(clean(&cleaned), cleaned);
        }

        #[test]
        fn wrapping_loses_no_word(text in "[a-z ]{0,200}") {
            let wrapped = wrap(&text, 30, "", "");
            prop_assert_eq!(wrapped.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
            prop_assert!(wrapped.lines().all(|line| line.chars().count() <= 30 || !line.contains(' ')));
        }
    }
}
