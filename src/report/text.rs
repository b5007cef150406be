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

/// Wraps text at a width in characters; lines after the first begin with `indent`.
pub(super) fn wrap(text: &str, width: usize, first: &str, indent: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut fresh = true;
    for word in words(text) {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if !fresh && length + 1 + word.chars().count() > width {
            lines.push(indent.to_owned());
            fresh = true;
        }
        if let Some(line) = lines.last_mut() {
            if !fresh {
                line.push(' ');
            }
            line.push_str(&word);
        }
        fresh = false;
    }
    lines.join("\n")
}

/// Cleaned text whose numbers stay with their units wherever it is wrapped later.
pub(super) fn unbroken(text: &str) -> String {
    let words: Vec<String> = words(&clean(text)).iter().map(|word| word.replace(' ', "\u{a0}")).collect();
    words.join(" ")
}

/// Words to wrap between. A number stays with its unit.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let unit =
            ["%", "×", "s", "ms", "µs", "ns"].contains(&word.trim_end_matches([',', ';', '.', ')', ':']));
        match words.last_mut() {
            Some(last) if unit && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push(' ');
                last.push_str(word);
            }
            Some(last) if ["<", ">", "±"].contains(&last.as_str()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
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
