//! Text that is safe to print: cleaned of control characters, and wrapped.

use crate::inert::is_plain;
use crate::report::lang::{is_wide, punctuated};

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
/// with `indent`. A number stays with its unit. Chinese has no spaces, so its lines break between letters.
pub(crate) fn wrap(text: &str, width: usize, first: &str, indent: &str) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::Custom(pieces))
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&joined(text), options).replace(JOINT, " ")
}

/// What may stand on a line of its own: words between spaces, and Chinese letters with the signs that stay with them.
fn pieces<'a>(line: &'a str) -> Box<dyn Iterator<Item = textwrap::core::Word<'a>> + 'a> {
    let after = line.char_indices().skip(1);
    let ends = line.chars().zip(after).filter(|(one, (_, next))| parts(*one, *next)).map(|(_, (at, _))| at);
    let ends: Vec<usize> = ends.chain([line.len()]).collect();
    let mut from = 0;
    Box::new(ends.into_iter().filter(|end| *end > 0).map(move |end| {
        let piece = &line[from..end];
        from = end;
        textwrap::core::Word::from(piece)
    }))
}

/// Whether a line may end between these two signs.
fn parts(one: char, next: char) -> bool {
    match (one, next) {
        (_, ' ') => false,
        (' ', _) => true,
        _ => (is_wide(one) || is_wide(next)) && !OPEN.contains(one) && !CLOSED.contains(next),
    }
}

/// No line ends with these.
const OPEN: &str = "（《「『“‘([{≤≥<>≈±$";
/// No line begins with these.
const CLOSED: &str = "，。、；：！？）》」』”’…·%×)]},.;:!?/\u{a0}";

/// Columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// A text with as many spaces after it as make it this wide.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text with as many spaces before it as make it this wide.
pub(crate) fn padded_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Cleaned text whose numbers stay with their units wherever it is wrapped later.
pub(super) fn unbroken(text: &str) -> String {
    joined(&clean(text))
}

/// A space at which nobody wraps.
const JOINT: char = '\u{a0}';

/// Text whose numbers are joined with their units, and signs with their numbers.
fn joined(text: &str) -> String {
    let text = &*punctuated(text);
    let mut joined = String::new();
    let mut last = "";
    for word in text.split_whitespace() {
        // After a unit come signs, or in Chinese letters.
        let sign = |c: char| c.is_ascii_graphic() || ['µ', '×'].contains(&c);
        let head = word.split(|c| !sign(c)).next().unwrap_or(word);
        let unit =
            ["%", "×", "s", "ms", "µs", "ns"].contains(&head.trim_end_matches([',', ';', '.', ')', ':']));
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
        assert_eq!(wrap("数据库 连接池 abc", 12, "", "  "), "数据库 连接\n  池 abc");
    }

    #[test]
    fn chinese_lines_break_between_letters_and_not_before_a_stop() {
        assert_eq!(wrap("每个请求占用连接，平均 62 s。", 14, "", ""), "每个请求占用连\n接，平均\n62 s。");
        assert_eq!(wrap("等待（中位数）", 6, "", ""), "等待\n（中位\n数）");
        assert!(
            ["180 s。", "180 s 和", "180 s，平均"].iter().all(|text| joined(text).contains("180\u{a0}s"))
        );
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
