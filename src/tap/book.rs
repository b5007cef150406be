//! Every statement that was seen, once: what is kept of a hold is a number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::lock;
use super::statement::{self, Deeds};

/// So many different statements are told apart; what comes later is one more.
const MOST: usize = 5_000;

/// Which statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementId(pub(super) u32);

impl StatementId {
    /// The statement at this place of the list of texts.
    #[must_use]
    pub fn new(place: u32) -> Self {
        Self(place)
    }

    /// Its place in the list of texts.
    #[must_use]
    pub fn place(self) -> u32 {
        self.0
    }
}

/// A statement as it comes and goes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) id: StatementId,
    pub(super) deeds: Deeds,
    pub(super) kind: Kind,
}

/// What kind of statement it is, where that matters to whoever reads the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// Ends a transaction and begins the next one.
    Chains,
    /// Puts a connection in order before a pool lends it again.
    Resets,
}

impl Spoken {
    /// A statement whose text was not seen.
    pub(super) const UNKNOWN: Self = Self { id: StatementId(0), deeds: Deeds::UNKNOWN, kind: Kind::Plain };
}

/// The statements of all connections.
#[derive(Debug)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Debug)]
struct Pages {
    numbers: HashMap<Arc<str>, Spoken>,
    texts: Vec<Arc<str>>,
}

impl Default for Book {
    fn default() -> Self {
        let texts =
            vec![Arc::from("(a statement that was not seen)"), Arc::from("(one of many other statements)")];
        Self(Mutex::new(Pages { numbers: HashMap::new(), texts }))
    }
}

impl Book {
    /// The statement of this fingerprint.
    pub(super) fn spoken(&self, print: &str) -> Spoken {
        let mut pages = lock(&self.0);
        if let Some(known) = pages.numbers.get(print) {
            return *known;
        }
        let deeds = statement::deeds(print);
        let kind = match print {
            print if statement::chains(print) => Kind::Chains,
            print if statement::resets(print) => Kind::Resets,
            _ => Kind::Plain,
        };
        if pages.texts.len() >= MOST {
            return Spoken { id: StatementId(1), deeds, kind };
        }
        let spoken = Spoken { id: StatementId(pages.texts.len() as u32), deeds, kind };
        let text: Arc<str> = print.into();
        pages.texts.push(text.clone());
        pages.numbers.insert(text, spoken);
        spoken
    }

    /// All texts, each at the place of its number.
    pub(super) fn texts(&self) -> Vec<Arc<str>> {
        lock(&self.0).texts.clone()
    }
}
