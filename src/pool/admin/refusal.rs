//! A statement that Postgres does not take: in its words, with the place in the text.

use std::fmt;

use tokio_postgres::error::ErrorPosition;

use crate::pool::Address;
use crate::pool::error::in_one_line;
use crate::record::SqlState;

/// Why Postgres does not take a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The server's words, and its hint.
    pub says: String,
    /// The server's code.
    pub state: Option<SqlState>,
    /// Where in the text it is, if the server told.
    pub place: Option<TextPlace>,
}

/// A place in the text of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPlace {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What stands there, in one line.
    pub excerpt: String,
}

/// Characters of a statement that are shown from the place on.
const EXCERPT: usize = 40;

impl Refusal {
    /// What the server said of a statement; none where the statement is not to blame.
    pub(super) fn of(fault: &tokio_postgres::Error, sql: &str, address: &Address) -> Option<Self> {
        let told = fault.as_db_error()?;
        let state = SqlState::new(told.code().code());
        if !state.is_some_and(is_of_the_statement) {
            return None;
        }
        let hint = told.hint().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        let says = address.redact(&in_one_line(&format!("{}{hint}", told.message())));
        let place = match told.position() {
            Some(ErrorPosition::Original(at)) => Some(TextPlace::at(sql, *at as usize)),
            Some(ErrorPosition::Internal { .. }) | None => None,
        };
        Some(Self { says, state, place })
    }

    /// Whether something that the statement names is not there.
    #[must_use]
    pub fn misses_something(&self) -> bool {
        let codes = ["3F000", "42703", "42704", "42883", "42P01"];
        self.state.is_some_and(|state| codes.contains(&state.as_str()))
    }
}

/// Whether a code blames the statement, and not the server, a pooler in between or what the role may do.
fn is_of_the_statement(state: SqlState) -> bool {
    // A prepared statement of that name exists already: a pooler mixed sessions up.
    let of_others = ["42501", "42P05"];
    ["0A", "21", "22", "23", "2B", "3F", "42"].contains(&state.class())
        && !of_others.contains(&state.as_str())
}

impl TextPlace {
    /// The place of the character with this number, from 1, as a Postgres counts.
    fn at(sql: &str, number: usize) -> Self {
        let at = sql.char_indices().nth(number.saturating_sub(1)).map_or(sql.len(), |(at, _)| at);
        let (before, after) = sql.split_at(at);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, excerpt: start_in_one_line(after, EXCERPT) }
    }
}

/// The start of a text, its white space made single spaces.
#[must_use]
pub fn start_in_one_line(text: &str, most: usize) -> String {
    // Of a text as long as a file only the start is looked at.
    let start: String = text.chars().take(most * 4).collect();
    let words: Vec<&str> = start.split_whitespace().collect();
    let line = words.join(" ");
    let is_cut = line.chars().count() > most || text.len() > start.len();
    if is_cut { format!("{}…", line.chars().take(most).collect::<String>().trim_end()) } else { line }
}

/// `relation "seat" does not exist (SQLSTATE 42P01), at line 1, column 13: seat (request) values ($1)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        if let Some(state) = self.state {
            write!(f, " (SQLSTATE {state})")?;
        }
        match &self.place {
            Some(TextPlace { line, column, excerpt }) if excerpt.is_empty() => {
                write!(f, ", at line {line}, column {column}, its end")
            }
            Some(TextPlace { line, column, excerpt }) => {
                write!(f, ", at line {line}, column {column}: {excerpt}")
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters_and_lines() {
        let place = |sql, at| {
            let TextPlace { line, column, excerpt } = TextPlace::at(sql, at);
            (line, column, excerpt)
        };
        assert_eq!(place("updaet t", 1), (1, 1, "updaet t".to_owned()));
        assert_eq!(place("select 'ä',\n  x\n from t", 15), (2, 3, "x from t".to_owned()));
        assert_eq!(place("select", 7), (1, 7, String::new()));
        assert_eq!(place("select", 0), (1, 1, "select".to_owned()));
        assert_eq!(place("", 99), (1, 1, String::new()));
        let long = "x ".repeat(5_000);
        assert!(place(&long, 1).2.ends_with('…'));
        assert!(place(&long, 1).2.chars().count() <= EXCERPT + 1);
    }

    #[test]
    fn a_statement_is_to_blame_for_what_it_says_alone() {
        let blamed = |code| is_of_the_statement(SqlState::new(code).unwrap());
        assert!(["42601", "42P01", "22P02", "0A000", "3F000"].into_iter().all(blamed));
        assert!(
            !["42501", "42P05", "57014", "57P01", "53300", "08006", "55P03", "26000"].into_iter().any(blamed)
        );
    }
}
