//! What a statement does, read from its fingerprint: whether a connection may be given back after it.
//!
//! Doubt is never taken for safety: what is not known to be harmless counts as unknown.

/// What was done in a transaction so far, as far as it matters to whoever would end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Deeds(u8);

impl Deeds {
    /// Nothing that matters.
    pub const NOTHING: Self = Self(0);
    /// Rows were written, or may have been.
    pub const WROTE: Self = Self(1);
    /// Rows, tables or advisory locks were locked.
    pub const LOCKED: Self = Self(1 << 1);
    /// The session was changed: a setting, a temporary table, a prepared statement, a listener.
    pub const SESSION: Self = Self(1 << 2);
    /// The transaction has a snapshot of its own: an isolation level above READ COMMITTED, or a cursor.
    pub const SNAPSHOT: Self = Self(1 << 3);
    /// A statement whose deeds cannot be read from its text.
    pub const UNKNOWN: Self = Self(1 << 4);
    /// A statement failed, and the transaction can only be rolled back.
    pub const FAILED: Self = Self(1 << 5);

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of these was done.
    #[must_use]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a connection can be given back after this without any change of meaning.
    #[must_use]
    pub fn are_safe(self) -> bool {
        self.0 == 0
    }

    /// As a number from 0 to 63, for storing.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From a stored number; nothing where it is none.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits < 1 << 6).then_some(Self(bits))
    }
}

/// What the statements of a text do, which was made by `fingerprint`.
pub(super) fn deeds(print: &str) -> Deeds {
    print.split(';').map(|one| one_deed(one.trim())).fold(Deeds::default(), Deeds::and)
}

fn one_deed(print: &str) -> Deeds {
    let words = Words(print);
    let nothing = Deeds::default();
    if print.ends_with('…') && !matches!(words.first(), "select" | "insert" | "update" | "delete") {
        return Deeds::UNKNOWN;
    }
    match words.first() {
        "" | "values" | "table" | "show" | "commit" | "end" | "rollback" | "abort" | "savepoint"
        | "release" => nothing,
        "select" | "with" | "(" => query(words),
        "begin" | "start" => isolation(words),
        "explain" if !words.has("analyze") => nothing,
        "insert" | "update" | "delete" | "merge" | "truncate" | "alter" | "drop" | "comment" | "grant"
        | "revoke" | "refresh" | "reindex" | "notify" | "vacuum" | "analyze" | "cluster" => Deeds::WROTE,
        "create" if words.has("temp") || words.has("temporary") => Deeds::WROTE.and(Deeds::SESSION),
        "create" => Deeds::WROTE,
        "copy" if words.has("to") && !words.has("from") => nothing,
        "copy" => Deeds::WROTE,
        "lock" => Deeds::LOCKED,
        "set" if words.has("transaction") || words.has("characteristics") => isolation(words),
        // Both end with the transaction, so what follows in another one would lack them.
        "set" | "reset" | "listen" | "unlisten" | "discard" | "prepare" | "deallocate" | "load" => {
            Deeds::SESSION
        }
        "declare" | "fetch" | "move" | "close" => Deeds::SNAPSHOT,
        _ => Deeds::UNKNOWN,
    }
}

fn query(words: Words<'_>) -> Deeds {
    let mut deeds = Deeds::default();
    if ["insert", "update", "delete", "merge"].iter().any(|verb| words.begins_a_part(verb))
        || words.has("into")
        || words.0.contains("pg_notify(")
        || words.0.contains("lo_")
    {
        deeds = deeds.and(Deeds::WROTE);
    }
    let locks = ["for update", "for no key update", "for share", "for key share"];
    if locks.iter().any(|lock| words.0.contains(lock)) || words.0.contains("advisory") {
        deeds = deeds.and(Deeds::LOCKED);
    }
    if words.0.contains("set_config(") || words.0.contains("advisory_lock") {
        deeds = deeds.and(Deeds::SESSION);
    }
    deeds
}

fn isolation(words: Words<'_>) -> Deeds {
    if words.has("serializable") || words.has("repeatable") || words.has("snapshot") {
        Deeds::SNAPSHOT
    } else {
        Deeds::default()
    }
}

#[derive(Clone, Copy)]
struct Words<'p>(&'p str);

impl<'p> Words<'p> {
    fn all(self) -> impl Iterator<Item = &'p str> {
        self.0.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
    }

    fn first(self) -> &'p str {
        if self.0.starts_with('(') { "(" } else { self.all().next().unwrap_or_default() }
    }

    fn has(self, word: &str) -> bool {
        self.all().any(|other| other == word)
    }

    /// Whether a word stands where a statement may: at the start, or after an opening bracket, or after a `WITH` list.
    fn begins_a_part(self, word: &str) -> bool {
        let before = |at: usize| self.0[..at].trim_end();
        self.0.match_indices(word).any(|(at, _)| {
            let ends = self.0[at + word.len()..].chars().next().is_none_or(|c| c == ' ');
            ends && (before(at).ends_with(['(', ')']) || before(at).is_empty())
        })
    }
}

/// Whether the text ends a transaction and begins the next one with the same words.
pub(super) fn chains(print: &str) -> bool {
    print.contains("and chain")
}

/// Whether the text is what a pool sends to put a connection in order before it is lent again.
pub(super) fn resets(print: &str) -> bool {
    print.contains("reset all") || print.starts_with("discard all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_read_from_the_first_words() {
        let nothing = Deeds::default();
        for (print, done) in [
            ("select * from t where a = ?", nothing),
            ("begin", nothing),
            ("begin; select ?; insert into t values (?)", Deeds::WROTE),
            ("select * from t for update skip locked", Deeds::LOCKED),
            ("select pg_advisory_xact_lock(?)", Deeds::LOCKED),
            ("select pg_advisory_lock(?)", Deeds::LOCKED.and(Deeds::SESSION)),
            ("with gone as (delete from t returning *) select * from gone", Deeds::WROTE),
            ("with a as (select ?) update t set b = ?", Deeds::WROTE),
            ("select update_time, deleted from t", nothing),
            ("begin isolation level repeatable read", Deeds::SNAPSHOT),
            ("begin isolation level read committed", nothing),
            ("set local statement_timeout = ?", Deeds::SESSION),
            ("create temp table x (a int)", Deeds::WROTE.and(Deeds::SESSION)),
            ("copy t to stdout", nothing),
            ("copy t from stdin", Deeds::WROTE),
            ("call do_something(?)", Deeds::UNKNOWN),
            ("execute mine(?)", Deeds::UNKNOWN),
            ("savepoint a", nothing),
        ] {
            assert_eq!(deeds(print), done, "{print}");
        }
    }
}
