//! What the messages of a connection mean: what is asked and answered, in which transaction, and what it holds.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::book::{Kind, Spoken};
use super::comment::Origin;
use super::exchange::{Answer, Ask, Exchange, Meaning};
use super::fingerprint::{Backslash, fingerprint};
use super::frame::{Message, text_and_rest};
use super::hold::{At, Edge, End, Evidence, Hold, Open, Transaction};
use super::shared::Shared;
use super::startup::Habit;

/// So many names of prepared statements and of portals are kept for each connection.
const NAMES: usize = 4096;

/// What the messages of both directions mean together.
#[derive(Debug)]
pub(super) struct Reader {
    backslash: Backslash,
    exchange: Exchange,
    hasher: RandomState,
    prepared: HashMap<u64, Spoken>,
    portals: HashMap<u64, Spoken>,
    habit: Habit,
    checkout: Checkout,
    transaction: Transaction,
    origin: Origin,
    pub(super) hold: Option<Open>,
    turn: Turn,
    greeting: Greeting,
    /// Holds that ended within the bytes that are being read.
    pub(super) ended: Vec<Hold>,
    pub(super) doubt: bool,
}

/// What is known of how a pool lends this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkout {
    /// Nothing.
    Unseen,
    /// It shows on the wire; when it was lent, where it is and nothing was asked yet.
    Seen(Option<At>),
}

/// Whether anything was asked since the last `Sync`, and since the last sign of a pool.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    asked: u32,
    used: u32,
    /// Whether the tags of this turn ended a transaction of which the state says that it goes on.
    tags: Tags,
}

/// The server says once by itself that it is ready: when it knows who the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greeting {
    Due,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tags {
    #[default]
    None,
    RolledBack,
    Ended,
}

/// Whether a connection counts as held, and as running SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) holding: bool,
    pub(super) running: bool,
}

impl Reader {
    pub(super) fn new(habit: Habit) -> Self {
        Self {
            backslash: Backslash::Plain,
            exchange: Exchange::default(),
            hasher: RandomState::new(),
            prepared: HashMap::new(),
            portals: HashMap::new(),
            habit,
            checkout: Checkout::Unseen,
            transaction: Transaction::None,
            origin: Origin::default(),
            hold: None,
            turn: Turn::default(),
            greeting: Greeting::Due,
            ended: Vec::new(),
            doubt: false,
        }
    }

    pub(super) fn level(&self) -> Level {
        let running = self.hold.as_ref().is_some_and(Open::is_busy);
        Level { holding: self.hold.is_some(), running }
    }

    pub(super) fn evidence(&self) -> Evidence {
        match self.checkout {
            Checkout::Unseen => Evidence::Transaction,
            Checkout::Seen(_) => Evidence::Checkout,
        }
    }

    /// Bytes that it holds on to.
    pub(super) fn kept(&self) -> usize {
        let names = self.prepared.capacity() + self.portals.capacity();
        let hold = self.hold.as_ref().map_or(0, Open::kept);
        names * size_of::<(u64, Spoken)>()
            + self.ended.capacity() * size_of::<Hold>()
            + hold
            + self.exchange.kept()
    }

    fn hash(&self, name: &[u8]) -> u64 {
        self.hasher.hash_one(name)
    }

    /// A message of the client.
    pub(super) fn asked(&mut self, shared: &Shared, message: Message<'_>, now: At) {
        match message.tag {
            b'Q' => {
                let text = text_and_rest(message.body).map_or(message.body, |(text, _)| text);
                let spoken = self.spoken(shared, text);
                if spoken.kind == Kind::Resets {
                    self.sign_of_pool(now);
                    self.checkout = Checkout::Seen(None);
                }
                self.ask(Ask::Query(spoken), now);
            }
            b'P' => {
                let Some((name, text)) = text_and_rest(message.body) else { return self.doubt = true };
                let text = text_and_rest(text).map_or(text, |(text, _)| text);
                let spoken = self.spoken(shared, text);
                let name = self.hash(name);
                remember(&mut self.prepared, name, spoken);
                self.ask(Ask::Parse(spoken), now);
            }
            b'B' => {
                let names = text_and_rest(message.body)
                    .and_then(|(portal, rest)| Some((portal, text_and_rest(rest)?.0)));
                let spoken = names.and_then(|(_, name)| self.prepared.get(&self.hash(name)).copied());
                let spoken = spoken.unwrap_or(Spoken::UNKNOWN);
                let portal = self.hash(names.map_or(b"", |(portal, _)| portal));
                remember(&mut self.portals, portal, spoken);
                self.ask(Ask::Bind(spoken), now);
            }
            b'D' => self.ask(Ask::Describe, now),
            b'E' => {
                let portal = text_and_rest(message.body).map_or(&b""[..], |(portal, _)| portal);
                let spoken = self.portals.get(&self.hash(portal)).copied();
                self.ask(Ask::Execute(spoken.unwrap_or(Spoken::UNKNOWN)), now);
            }
            b'C' => {
                if let [b'S', name @ ..] = message.body {
                    let name = self.hash(text_and_rest(name).map_or(name, |(name, _)| name));
                    self.prepared.remove(&name);
                }
                self.ask(Ask::Close, now);
            }
            b'S' => self.sync(now),
            b'H' => {
                self.exchange.flush();
                self.settle(now);
            }
            b'F' => self.ask(Ask::Function, now),
            b'c' | b'f' => self.exchange.ask(Ask::CopyEnd),
            _ => {}
        }
    }

    /// The statement of a text; where it comes from is kept for the gap that follows it.
    fn spoken(&mut self, shared: &Shared, text: &[u8]) -> Spoken {
        let print = fingerprint(text, self.backslash);
        self.origin = print.origin;
        shared.book.spoken(&print.text)
    }

    fn ask(&mut self, ask: Ask, now: At) {
        let resets = matches!(ask, Ask::Query(Spoken { kind: Kind::Resets, .. }));
        if self.hold.is_none() && !resets {
            let (start, before) = match &mut self.checkout {
                Checkout::Seen(lent) => lent.take().map_or((now, Edge::Unasked), |lent| (lent, Edge::Lent)),
                Checkout::Unseen => (now, Edge::Unasked),
            };
            let mut hold = Open::begin(start, before);
            hold.transaction = self.transaction;
            self.hold = Some(hold);
        }
        if let Some(hold) = &mut self.hold {
            if let Some(route) = self.origin.route.take() {
                hold.route = Some(route.into());
            }
            hold.trace = self.origin.trace.take().or_else(|| hold.trace.take());
        }
        self.turn.asked += 1;
        self.turn.used = if resets { 0 } else { 1 };
        self.exchange.ask(ask);
        if matches!(ask, Ask::Query(_) | Ask::Function) {
            self.turn.asked = 0;
        }
        self.settle(now);
    }

    fn sync(&mut self, now: At) {
        let bare = self.turn.asked == 0 && self.exchange.is_empty();
        if bare && self.habit == Habit::SyncsAroundCheckouts && self.transaction == Transaction::None {
            self.sign_of_pool(now);
        }
        self.turn.asked = 0;
        self.exchange.ask(Ask::Sync);
        self.settle(now);
    }

    /// A pool takes the connection back, if anything was done on it since it was lent; else it lends it.
    fn sign_of_pool(&mut self, now: At) {
        if std::mem::take(&mut self.turn.used) == 0 {
            if let Checkout::Seen(lent) = &mut self.checkout {
                *lent = Some(now);
            }
            return;
        }
        let evidence = self.evidence();
        if let Some(hold) = self.hold.take() {
            self.ended.push(hold.end(now, Edge::Released, End::Ended, evidence));
        }
        self.checkout = Checkout::Seen(None);
    }

    /// Brings the hold to what the exchange says.
    fn settle(&mut self, now: At) {
        let Some(hold) = &mut self.hold else { return };
        if self.exchange.is_busy() {
            if !hold.is_busy() {
                hold.work(now, self.exchange.next().map_or(Edge::Sync, |spoken| Edge::Statement(spoken.id)));
            }
        } else {
            hold.rest(now);
        }
    }

    /// A message of the server.
    pub(super) fn answered(&mut self, message: Message<'_>, now: At) {
        let answer = match message.tag {
            b'1' => Answer::Parsed,
            b'2' => Answer::Bound,
            b'3' => Answer::Closed,
            b'T' | b'n' => Answer::Described,
            b'C' | b'I' => Answer::Completed,
            b's' => Answer::Suspended,
            b'G' => Answer::CopyIn,
            b'E' => Answer::Failed,
            b'Z' => Answer::Ready,
            b'S' => return self.parameter(message.body),
            // Replication speaks both ways at once.
            b'W' => return self.doubt = true,
            _ => return,
        };
        if answer == Answer::Ready && self.greeting == Greeting::Due {
            self.greeting = Greeting::Over;
            return;
        }
        match self.exchange.answer(answer) {
            Err(_) => self.doubt = true,
            Ok(Meaning::Noted) => self.settle(now),
            Ok(Meaning::Passed(spoken)) => {
                self.with_hold(|hold| hold.passed(spoken));
                self.settle(now);
            }
            Ok(Meaning::Done(spoken)) => {
                self.with_hold(|hold| {
                    hold.passed(spoken);
                    hold.did(spoken);
                });
                self.tag(message.body, spoken);
                self.settle(now);
            }
            Ok(Meaning::Ready) => self.ready(message.body, now),
        }
    }

    fn with_hold(&mut self, act: impl FnOnce(&mut Open)) {
        if let Some(hold) = &mut self.hold {
            act(hold);
        }
    }

    fn parameter(&mut self, body: &[u8]) {
        let value = body.strip_prefix(b"standard_conforming_strings\0");
        if let Some(value) = value {
            let on = value.starts_with(b"on");
            self.backslash = if on { Backslash::Plain } else { Backslash::Escapes };
        }
    }

    /// `COMMIT AND CHAIN` ends a transaction and leaves the state as it was; so does `COMMIT; BEGIN`.
    fn tag(&mut self, body: &[u8], spoken: Spoken) {
        let tag = text_and_rest(body).map_or(body, |(tag, _)| tag);
        self.turn.tags = match (tag, self.turn.tags) {
            (b"COMMIT", _) => Tags::Ended,
            (b"ROLLBACK", _) if spoken.kind == Kind::Chains => Tags::Ended,
            (b"ROLLBACK", Tags::None) => Tags::RolledBack,
            (b"BEGIN", Tags::RolledBack) => Tags::Ended,
            (_, tags) => tags,
        };
    }

    fn ready(&mut self, body: &[u8], now: At) {
        self.transaction = match body {
            b"I" => Transaction::None,
            b"T" => Transaction::Open,
            b"E" => Transaction::Failed,
            _ => return self.doubt = true,
        };
        let ended = std::mem::take(&mut self.turn.tags) == Tags::Ended;
        let evidence = self.evidence();
        let Some(mut hold) = self.hold.take() else { return };
        hold.transaction = self.transaction;
        let over = self.transaction == Transaction::None || ended;
        if over && evidence == Evidence::Checkout {
            hold.settle();
            self.hold = Some(hold);
        } else if over {
            let after = Edge::Sync;
            self.ended.push(hold.end(now, after, End::Ended, evidence));
            if self.transaction != Transaction::None || self.exchange.has_work() {
                let mut next = Open::begin(now, Edge::Unasked);
                next.transaction = self.transaction;
                self.hold = Some(next);
            }
        } else {
            self.hold = Some(hold);
        }
        self.settle(now);
    }

    pub(super) fn cut(&mut self, now: At, after: Edge, ended: End) {
        let evidence = self.evidence();
        if let Some(hold) = self.hold.take() {
            // Outside a transaction a connection may end as it likes: it was given back by that.
            let given = self.transaction == Transaction::None && self.exchange.is_empty();
            let (after, ended) = match ended {
                End::Disconnected if given => (Edge::Released, End::Ended),
                _ => (after, ended),
            };
            self.ended.push(hold.end(now, after, ended, evidence));
        }
    }
}

/// Keeps what a name stands for, as long as there are not too many.
fn remember(names: &mut HashMap<u64, Spoken>, name: u64, spoken: Spoken) {
    if names.len() < NAMES || names.contains_key(&name) {
        names.insert(name, spoken);
    }
}
