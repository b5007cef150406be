//! The parameters of a statement, `$1`, `$2`, …, as Postgres's own scanner finds them: outside of
//! strings, quoted and other identifiers, dollar-quoted bodies and comments.

use std::collections::BTreeSet;

/// The numbers of the parameters that stand in a statement.
pub(super) fn parameters(sql: &str) -> BTreeSet<u32> {
    let mut scan = Scan { rest: sql.as_bytes() };
    let mut found = BTreeSet::new();
    while let Some(&first) = scan.rest.first() {
        match first {
            b'\'' => scan.string(Backslash::Plain),
            b'"' => scan.past(1, b"\""),
            b'-' if scan.rest.starts_with(b"--") => scan.line(),
            b'/' if scan.rest.starts_with(b"/*") => scan.comment(),
            b'$' => found.extend(scan.dollar()),
            b'0'..=b'9' => drop(scan.take(|byte| begins_name(byte) || byte.is_ascii_digit() || byte == b'.')),
            byte if begins_name(byte) => {
                let name = scan.take(goes_on_in_name);
                if name.eq_ignore_ascii_case(b"e") && scan.rest.starts_with(b"'") {
                    scan.string(Backslash::Escapes);
                }
            }
            _ => scan.skip(1),
        }
    }
    found
}

/// What is wrong with the parameters of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unnumbered {
    /// `$0`, which Postgres does not know.
    Zero,
    /// A number is left out: the first of them, and the largest that is there.
    Gap(u32, u32),
    /// So many parameters, and another number of values.
    Count(usize),
}

/// Holds the parameters in a statement against the number of its values.
pub(super) fn numbered(sql: &str, values: usize) -> Result<(), Unnumbered> {
    let found = parameters(sql);
    if found.contains(&0) {
        return Err(Unnumbered::Zero);
    }
    let last = found.last().copied().unwrap_or(0);
    match (1..).zip(&found).find(|(due, number)| due != *number) {
        Some((missing, _)) => Err(Unnumbered::Gap(missing, last)),
        None if found.len() == values => Ok(()),
        None => Err(Unnumbered::Count(found.len())),
    }
}

/// What a backslash in a string is.
#[derive(Clone, Copy)]
enum Backslash {
    /// A character as any other.
    Plain,
    /// The next character stands for itself or another one, as in `E'…'`.
    Escapes,
}

/// What is still to be read.
struct Scan<'s> {
    rest: &'s [u8],
}

impl<'s> Scan<'s> {
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'s [u8] {
        let length = self.rest.iter().take_while(|byte| belongs(**byte)).count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Skips so many bytes, and all up to the end of the next `end`.
    fn past(&mut self, opening: usize, end: &[u8]) {
        self.skip(opening);
        let at = self.rest.windows(end.len()).position(|window| window == end);
        self.skip(at.map_or(self.rest.len(), |at| at + end.len()));
    }

    fn line(&mut self) {
        self.take(|byte| byte != b'\n' && byte != b'\r');
    }

    /// Comments stand in one another.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        while !self.rest.is_empty() {
            if self.rest.starts_with(b"/*") {
                depth += 1;
                self.skip(2);
            } else if self.rest.starts_with(b"*/") {
                depth -= 1;
                self.skip(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.skip(1);
            }
        }
    }

    /// A string, and what goes on with it after a line's end. A doubled quote is two strings.
    fn string(&mut self, backslash: Backslash) {
        loop {
            self.skip(1);
            loop {
                self.take(|byte| byte != b'\'' && byte != b'\\');
                match (self.rest.first(), backslash) {
                    (Some(b'\\'), Backslash::Escapes) => self.skip(2),
                    (Some(b'\\'), Backslash::Plain) => self.skip(1),
                    _ => break,
                }
            }
            self.skip(1);
            let space = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let goes_on = self.rest.get(space) == Some(&b'\'');
            if !goes_on || (space > 0 && !self.rest[..space].iter().any(|byte| b"\r\n".contains(byte))) {
                return;
            }
            self.skip(space);
        }
    }

    /// A parameter, whose number it answers; a dollar-quoted body; or a dollar sign.
    fn dollar(&mut self) -> Option<u32> {
        let quoting = self.rest;
        self.skip(1);
        let digits = self.take(|byte| byte.is_ascii_digit());
        if !digits.is_empty() {
            // More digits than fit are a number that no statement has.
            return Some(str::from_utf8(digits).ok()?.parse().unwrap_or(u32::MAX));
        }
        let tag = self.rest.iter().take_while(|byte| **byte != b'$' && goes_on_in_name(**byte)).count();
        if self.rest.get(tag) == Some(&b'$') {
            self.past(tag + 1, &quoting[..tag + 2]);
        }
        None
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn goes_on_in_name(byte: u8) -> bool {
    begins_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(sql: &str) -> Vec<u32> {
        parameters(sql).into_iter().collect()
    }

    #[test]
    fn parameters_stand_where_postgres_finds_them() {
        assert_eq!(found("insert into t values ($1, $2::text, $10+$1)"), [1, 2, 10]);
        for none in [
            "'$1' '' 'it''s $1' '\\' 'x'",
            "\"$1\" \"a\"\"$1\"",
            "E'\\'$1' e'\\\\' E'a'\n'\\'$1'",
            "-- $1",
            "/* $1 /* $2 */ $3 */ /* $4",
            "$$ $1 $a$ $2 $$ $fn$ $1 $$ $2 $fn$ $ä1$ $1 $ä1$",
            "a$1 _$1 ä$1 e$1",
            "$ 1 $x",
            "'$1",
            "$body$ $1",
        ] {
            assert_eq!(found(none), [0_u32; 0], "{none}");
        }
        for one in [
            "'\\' $1 '$2'",
            "1$1",
            "1e5$1",
            "'a' '$1'$1",
            "--$2\n$1",
            "--$2\r$1",
            "/**/$1",
            "$a$$2$a$$1",
            "name 'E' $1",
            "E'\\''$1",
            "U&'d\\0061t' $1",
            "a-$1",
        ] {
            assert_eq!(found(one), [1], "{one}");
        }
        assert_eq!(found("$99999999999999999999"), [u32::MAX]);
    }

    #[test]
    fn numbers_begin_with_one_and_leave_none_out() {
        assert_eq!(numbered("select $2, $1, $1", 2), Ok(()));
        assert_eq!(numbered("select 1", 0), Ok(()));
        assert_eq!(numbered("select $0", 1), Err(Unnumbered::Zero));
        assert_eq!(numbered("select $1, $4294967295", 2), Err(Unnumbered::Gap(2, u32::MAX)));
        assert_eq!(numbered("select $2", 2), Err(Unnumbered::Gap(1, 2)));
        assert_eq!(numbered("select $1, $2", 1), Err(Unnumbered::Count(2)));
        assert_eq!(numbered("select 1", 1), Err(Unnumbered::Count(0)));
    }

    /// Pieces of statements that hold no parameter, whatever stands in them.
    fn without() -> impl Strategy<Value = String> {
        let inner = "[a-z$0-9ä\\n]{0,8}";
        prop_oneof![
            inner.prop_map(|text| format!("'{text}'")),
            inner.prop_map(|text| format!("E'\\'{text}'")),
            inner.prop_map(|text| format!("\"{text}\"")),
            inner.prop_map(|text| format!("/* {text} /* $7 */ {text}*/")),
            "[a-z$0-9ä]{0,8}".prop_map(|text| format!("-- {text}\n")),
            inner.prop_map(|text| format!("$fn${}$fn$", text.replace('$', "$ "))),
            "[a-zä][a-z$0-9ä]{0,8}",
            "[0-9]{1,4}",
        ]
    }

    proptest! {
        #[test]
        fn strings_names_and_comments_change_no_count(
            pieces in prop::collection::vec((without(), prop::option::of(1_u32..20)), 0..12),
        ) {
            let mut sql = String::new();
            for (other, number) in &pieces {
                sql += &format!("{other} ");
                if let Some(number) = number {
                    sql += &format!(" ${number},");
                }
            }
            let put_in: BTreeSet<u32> = pieces.iter().filter_map(|(_, number)| *number).collect();
            prop_assert_eq!(parameters(&sql), put_in, "{}", sql);
        }

        #[test]
        fn any_text_is_read_to_its_end(sql in ".{0,200}") {
            parameters(&sql);
        }
    }
}
