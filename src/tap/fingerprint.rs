//! The text of a statement without what somebody typed into it: literals, numbers, parameters and comments go,
//! words stay. No literal ever leaves this file.

use super::comment::{self, Origin};

/// The longest fingerprint, in characters.
const LONGEST: usize = 400;

/// How the server reads a backslash in a plain literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// It is a character like others: `standard_conforming_strings = on`, as everywhere since 2010.
    Plain,
    /// It takes the meaning from the next character.
    Escapes,
}

/// A statement without its literals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fingerprint {
    /// Words in small letters, one space between them, `?` for each literal or list of them.
    pub(super) text: String,
    /// What the application said in a comment about where the statement comes from.
    pub(super) origin: Origin,
}

/// Makes the fingerprint of a text, which may be cut.
pub(super) fn fingerprint(text: &[u8], backslash: Backslash) -> Fingerprint {
    let mut reader = Reader { text, at: 0, backslash, words: Words::default(), origin: Origin::default() };
    while reader.at < text.len() && reader.words.is_short() {
        reader.next();
    }
    Fingerprint { text: reader.words.end(reader.at < text.len()), origin: reader.origin }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    backslash: Backslash,
    words: Words,
    origin: Origin,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Reads one token.
    fn next(&mut self) {
        let byte = self.peek(0);
        match byte {
            b'-' if self.peek(1) == b'-' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'\'' => self.quoted(self.backslash),
            b'"' => self.identifier(),
            b'$' => self.dollar(),
            byte if byte.is_ascii_digit() => self.number(),
            b'.' if self.peek(1).is_ascii_digit() => self.number(),
            byte if is_of_a_word(byte) => self.word(),
            byte if byte.is_ascii_whitespace() || byte == 0 => {
                self.at += 1;
                self.words.space();
            }
            byte => {
                self.at += 1;
                self.words.sign(byte);
            }
        }
    }

    fn line_comment(&mut self) {
        let end = self.text[self.at..].iter().position(|byte| *byte == b'\n');
        self.at = end.map_or(self.text.len(), |end| self.at + end);
        self.words.space();
    }

    /// Comments nest.
    fn block_comment(&mut self) {
        let start = self.at + 2;
        let mut depth = 0_u32;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        break;
                    }
                }
                _ => self.at += 1,
            }
        }
        let end = self.at.saturating_sub(2).min(self.text.len()).max(start.min(self.text.len()));
        comment::read(&self.text[start.min(end)..end], &mut self.origin);
        self.words.space();
    }

    /// A literal between single quotes, of which one counts where two stand.
    fn quoted(&mut self, backslash: Backslash) {
        self.at += 1;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'\\' if backslash == Backslash::Escapes => self.at += 2,
                b'\'' if self.peek(1) == b'\'' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.text.len());
        self.words.literal();
    }

    fn identifier(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.at < self.text.len() {
            match self.peek(0) {
                b'"' if self.peek(1) == b'"' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        self.words.name(&self.text[start..self.at.min(self.text.len())]);
    }

    /// `$1`, or a literal between `$tag$` and the same again.
    fn dollar(&mut self) {
        let rest = &self.text[self.at + 1..];
        let tag = rest.iter().take_while(|byte| is_of_a_word(**byte)).count();
        if rest.first().is_some_and(u8::is_ascii_digit) || rest.get(tag) != Some(&b'$') {
            self.at += 1 + tag;
            self.words.literal();
            return;
        }
        let mark = &self.text[self.at..self.at + tag + 2];
        let inside = &self.text[self.at + mark.len()..];
        let end = inside.windows(mark.len()).position(|part| part == mark);
        self.at = end.map_or(self.text.len(), |end| self.at + 2 * mark.len() + end);
        self.words.literal();
    }

    fn number(&mut self) {
        while is_of_a_word(self.peek(0)) || self.peek(0) == b'.' {
            let exponent = matches!(self.peek(0), b'e' | b'E') && matches!(self.peek(1), b'+' | b'-');
            self.at += if exponent { 2 } else { 1 };
        }
        self.words.literal();
    }

    fn word(&mut self) {
        let start = self.at;
        while is_of_a_word(self.peek(0)) || self.peek(0).is_ascii_digit() || self.peek(0) == b'$' {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        // E'…', B'…', X'…', N'…' and U&'…' are literals; of these E alone has escapes.
        match (word, self.peek(0), self.peek(1)) {
            (b"e" | b"E", b'\'', _) => self.quoted(Backslash::Escapes),
            (b"b" | b"B" | b"x" | b"X" | b"n" | b"N", b'\'', _) => self.quoted(self.backslash),
            (b"u" | b"U", b'&', b'\'') => {
                self.at += 1;
                self.quoted(Backslash::Plain);
            }
            _ => self.words.word(word),
        }
    }
}

/// Letters of any alphabet, digits and `_`.
fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What has been read, put together with one space where there was any.
#[derive(Default)]
struct Words {
    text: String,
    spaced: bool,
}

impl Words {
    fn is_short(&self) -> bool {
        self.text.len() < LONGEST
    }

    fn space(&mut self) {
        self.spaced = true;
    }

    fn part(&mut self) {
        if std::mem::take(&mut self.spaced) && !self.text.is_empty() && !self.text.ends_with('(') {
            self.text.push(' ');
        }
    }

    fn word(&mut self, word: &[u8]) {
        self.part();
        self.text.push_str(&String::from_utf8_lossy(word).to_lowercase());
    }

    fn name(&mut self, name: &[u8]) {
        self.part();
        self.text.extend(String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()));
    }

    fn sign(&mut self, sign: u8) {
        if matches!(sign, b',' | b')' | b';') {
            self.spaced = false;
        }
        self.part();
        self.text.push(char::from(sign));
        if sign == b',' {
            self.spaced = true;
        }
        // A list of rows says no more than one of them.
        if sign == b')' && self.text.ends_with("(?), (?)") {
            self.text.truncate(self.text.len() - ", (?)".len());
        }
    }

    /// A list of literals says no more than one of them.
    fn literal(&mut self) {
        if self.text.ends_with("?,") || self.text.ends_with("-") && self.text.ends_with("?, -") {
            self.text.truncate(self.text.rfind('?').map_or(self.text.len(), |at| at + 1));
            self.spaced = false;
            return;
        }
        if self.text.ends_with('?') && !self.spaced {
            return;
        }
        self.part();
        self.text.push('?');
    }

    fn end(self, cut: bool) -> String {
        let mut text = self.text;
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        } else if cut {
            text.push('…');
        }
        let ended = text.trim_end_matches([';', ' ']).len();
        text.truncate(ended);
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> String {
        fingerprint(text.as_bytes(), Backslash::Plain).text
    }

    #[test]
    fn literals_and_comments_go_and_words_stay() {
        for (text, print) in [
            ("SELECT  *\n FROM Users WHERE id = 42", "select * from users where id = ?"),
            ("select 'it''s', E'a\\'b', $tag$x'y$tag$, 1.5e-3, -7", "select ?"),
            ("select * from t where id in (1, 2, 3)", "select * from t where id in (?)"),
            ("select * from t where id in ($1,$2,$3)", "select * from t where id in (?)"),
            ("insert into t (a, b) values ($1, $2), ($3, $4)", "insert into t (a, b) values (?)"),
            ("insert into \"Täble\" values (U&'x', b'01', $$body$$)", "insert into \"Täble\" values (?)"),
            ("select 1 -- secret\n, a1 /* secret /* nested */ secret */ from x;", "select ?, a1 from x"),
            ("begin;", "begin"),
            ("", ""),
            ("select 'never ends", "select ?"),
            ("alter role me password 'secret'", "alter role me password ?"),
            ("select a.b::int, c->>'key' from d", "select a.b::int, c->>? from d"),
        ] {
            assert_eq!(of(text), print, "{text}");
        }
    }

    #[test]
    fn a_backslash_ends_no_literal_where_it_escapes() {
        let text = br"select 'a\' secret' from t";
        assert_eq!(fingerprint(text, Backslash::Escapes).text, "select ? from t");
    }

    #[test]
    fn the_origin_of_a_statement_is_kept() {
        let text = b"select 1 /*route='%2Fjobs%2F%7Bid%7D',traceparent='00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',user='secret'*/";
        let print = fingerprint(text, Backslash::Plain);
        assert_eq!(print.text, "select ?");
        assert_eq!(print.origin.route.as_deref(), Some("/jobs/{id}"));
        assert!(print.origin.trace.is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_short_text(text in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let print = fingerprint(&text, Backslash::Plain).text;
            prop_assert!(print.chars().count() <= LONGEST + 1);
        }

        #[test]
        fn no_literal_stays(secret in "[a-z0-9' \\\\/*$\"-]{0,30}", tag in "[a-z]{0,3}") {
            let doubled = secret.replace('\'', "''");
            let escaped = secret.replace('\\', "\\\\").replace('\'', "\\'");
            for text in [
                format!("select '{doubled}' from t"),
                format!("select e'{escaped}' from t"),
                format!("select $q{tag}${}$q{tag}$ from t", secret.replace('$', "")),
                format!("select U&'{doubled}' from t"),
            ] {
                prop_assert_eq!(of(&text), "select ? from t", "{}", text);
            }
        }
    }
}
