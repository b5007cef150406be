//! What a client has asked and the server has not answered yet: whether the server is at work.
//!
//! The server answers in the order in which it was asked. It is busy from the moment at which an answer was asked for
//! (`Sync`, `Flush` or a simple query) until the last answer to it has come. Nobody sees when it ends work of which
//! no answer was asked for, so until then the time is the client's.

use std::collections::VecDeque;

use super::book::Spoken;

/// So many questions are kept in order; beyond this only those that end in `ReadyForQuery` are counted.
const MOST: usize = 16 * 1024;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    Parse(Spoken),
    Bind(Spoken),
    Describe,
    Execute(Spoken),
    Close,
    Sync,
    Query(Spoken),
    Function,
    /// The end of a COPY from the client, which has no answer of its own.
    CopyEnd,
}

impl Ask {
    /// Its statement.
    fn spoken(self) -> Option<Spoken> {
        match self {
            Self::Parse(spoken) | Self::Bind(spoken) | Self::Execute(spoken) | Self::Query(spoken) => {
                Some(spoken)
            }
            Self::Describe | Self::Close | Self::Sync | Self::Function | Self::CopyEnd => None,
        }
    }
}

/// An answer, by the part of a message that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Parsed,
    Bound,
    Closed,
    Described,
    Completed,
    Suspended,
    CopyIn,
    Failed,
    Ready,
}

/// What an answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing more than that it came.
    Noted,
    /// A statement was prepared, or has failed: nothing of it is done.
    Passed(Spoken),
    /// A statement came to its end, or to the end of a part.
    Done(Spoken),
    /// The server has done all up to a `Sync` or a query.
    Ready,
}

/// The answer does not fit to what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt;

/// Questions without an answer.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    open: VecDeque<Ask>,
    /// How many of them, from the first one, an answer was asked for.
    pushed: usize,
    mode: Mode,
    /// After too many questions: how many `ReadyForQuery` are to come, and whether anything was asked since.
    counted: Option<(u64, Since)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Plain,
    /// After an error the server skips whatever comes before the next `Sync`.
    Skipping,
    /// During a COPY from the client the server does not hear a `Sync` or `Flush`.
    Copying,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Nothing,
    Something,
}

impl Exchange {
    /// Whether the server has something to do of which an answer was asked for.
    pub(super) fn is_busy(&self) -> bool {
        self.pushed > 0 || self.counted.is_some()
    }

    /// Whether nothing is unanswered.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.counted.is_none()
    }

    /// Bytes that it holds on to.
    pub(super) fn kept(&self) -> usize {
        self.open.capacity() * size_of::<Ask>()
    }

    /// Whether anything but the end of an earlier message is unanswered.
    pub(super) fn has_work(&self) -> bool {
        self.counted.is_some() || self.open.iter().any(|ask| !matches!(ask, Ask::Sync | Ask::CopyEnd))
    }

    /// The first statement that is unanswered.
    pub(super) fn next(&self) -> Option<Spoken> {
        self.open.iter().find_map(|ask| ask.spoken())
    }

    /// The client asks.
    pub(super) fn ask(&mut self, ask: Ask) {
        match (self.mode, ask) {
            (Mode::Skipping, Ask::Sync) | (Mode::Copying, Ask::CopyEnd) => self.mode = Mode::Plain,
            (Mode::Skipping, _) | (Mode::Copying, Ask::Sync) => return,
            _ => {}
        }
        if ask == Ask::CopyEnd && self.open.is_empty() {
            return;
        }
        if self.open.len() >= MOST && self.counted.is_none() {
            let to_come = self.open.iter().filter(|ask| ends(**ask)).count() as u64;
            let since = if self.open.back().is_some_and(|ask| ends(*ask)) {
                Since::Nothing
            } else {
                Since::Something
            };
            self.counted = Some((to_come, since));
            self.open.clear();
            self.pushed = 0;
        }
        if let Some((to_come, since)) = &mut self.counted {
            *since = if ends(ask) { Since::Nothing } else { Since::Something };
            *to_come += u64::from(ends(ask));
            return;
        }
        self.open.push_back(ask);
        if ends(ask) {
            self.pushed = self.open.len();
        }
    }

    /// The client asks for the answers so far.
    pub(super) fn flush(&mut self) {
        if self.mode != Mode::Copying {
            self.pushed = self.open.len();
        }
    }

    /// The server answers.
    pub(super) fn answer(&mut self, answer: Answer) -> Result<Meaning, Doubt> {
        if let Some((to_come, since)) = &mut self.counted {
            if answer != Answer::Ready {
                return Ok(Meaning::Noted);
            }
            *to_come = to_come.checked_sub(1).ok_or(Doubt)?;
            if *to_come == 0 && *since == Since::Nothing {
                self.counted = None;
            }
            return Ok(Meaning::Ready);
        }
        self.drop_ends();
        let told = self.told(answer);
        self.drop_ends();
        if self.open.is_empty() {
            self.open.shrink_to(64);
        }
        told
    }

    fn told(&mut self, answer: Answer) -> Result<Meaning, Doubt> {
        let Some(front) = self.open.front().copied() else {
            // The last words of a server that ends a connection.
            return if answer == Answer::Failed { Ok(Meaning::Noted) } else { Err(Doubt) };
        };
        match (answer, front) {
            (Answer::Parsed, Ask::Parse(spoken)) => Ok(self.pop(Meaning::Passed(spoken))),
            (Answer::Bound, Ask::Bind(spoken)) => Ok(self.pop(Meaning::Passed(spoken))),
            (Answer::Closed, Ask::Close) | (Answer::Described, Ask::Describe) => Ok(self.pop(Meaning::Noted)),
            (Answer::Completed | Answer::Suspended, Ask::Execute(spoken)) => {
                Ok(self.pop(Meaning::Done(spoken)))
            }
            (Answer::Completed, Ask::Query(spoken)) => Ok(Meaning::Done(spoken)),
            (Answer::Ready, ask) if ends(ask) => Ok(self.pop(Meaning::Ready)),
            (Answer::Described, Ask::Query(_) | Ask::Execute(_) | Ask::Function) => Ok(Meaning::Noted),
            (Answer::CopyIn, Ask::Query(_)) => Ok(Meaning::Noted),
            (Answer::CopyIn, Ask::Execute(_)) => {
                self.forget_unheard();
                Ok(Meaning::Noted)
            }
            (Answer::Failed, ask) if ends(ask) => Ok(failed(ask)),
            // Which `Sync` the server heard during the COPY, nobody knows.
            (Answer::Failed, _) if self.mode == Mode::Copying => Err(Doubt),
            (Answer::Failed, ask) => {
                self.skip();
                Ok(failed(ask))
            }
            _ => Err(Doubt),
        }
    }

    fn pop(&mut self, meaning: Meaning) -> Meaning {
        self.open.pop_front();
        self.pushed = self.pushed.saturating_sub(1);
        meaning
    }

    fn drop_ends(&mut self) {
        while self.open.front() == Some(&Ask::CopyEnd) {
            self.pop(Meaning::Noted);
        }
    }

    /// What was asked before the next `Sync` is never answered.
    fn skip(&mut self) {
        while self.open.front().is_some_and(|ask| *ask != Ask::Sync) {
            self.pop(Meaning::Noted);
        }
        if self.open.is_empty() {
            self.mode = Mode::Skipping;
        }
    }

    /// Each `Sync` that came before the end of the COPY which begins now is not heard.
    fn forget_unheard(&mut self) {
        let end = self.open.iter().position(|ask| *ask == Ask::CopyEnd);
        if end.is_none() {
            self.mode = Mode::Copying;
        }
        let (end, pushed) = (end.unwrap_or(self.open.len()), self.pushed);
        let mut at = 0;
        let mut unheard = 0;
        self.open.retain(|ask| {
            let stays = at >= end || *ask != Ask::Sync;
            unheard += usize::from(!stays && at < pushed);
            at += 1;
            stays
        });
        self.pushed -= unheard;
    }
}

/// What it means that this failed.
fn failed(ask: Ask) -> Meaning {
    ask.spoken().map_or(Meaning::Noted, Meaning::Passed)
}

/// Whether `ReadyForQuery` answers it, and so all answers before it are asked for.
fn ends(ask: Ask) -> bool {
    matches!(ask, Ask::Sync | Ask::Query(_) | Ask::Function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(asks: &[Ask]) -> Exchange {
        let mut exchange = Exchange::default();
        asks.iter().for_each(|ask| exchange.ask(*ask));
        exchange
    }

    const SOME: Spoken = Spoken::UNKNOWN;

    #[test]
    fn the_server_is_busy_from_sync_to_its_answer() {
        let mut exchange = asked(&[Ask::Parse(SOME), Ask::Bind(SOME), Ask::Execute(SOME)]);
        assert!(!exchange.is_busy());
        exchange.ask(Ask::Sync);
        for answer in [Answer::Parsed, Answer::Bound, Answer::Completed] {
            assert!(exchange.is_busy());
            exchange.answer(answer).unwrap();
        }
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        assert!(!exchange.is_busy() && exchange.is_empty());
        assert_eq!(exchange.answer(Answer::Ready), Err(Doubt));
    }

    #[test]
    fn what_was_flushed_is_done_before_the_sync() {
        let mut exchange = asked(&[Ask::Execute(SOME)]);
        exchange.flush();
        assert!(exchange.is_busy());
        assert_eq!(exchange.answer(Answer::Completed), Ok(Meaning::Done(SOME)));
        assert!(!exchange.is_busy());
    }

    #[test]
    fn after_an_error_the_server_skips_to_the_next_sync() {
        let pipeline = [
            Ask::Parse(SOME),
            Ask::Execute(SOME),
            Ask::Query(SOME),
            Ask::Sync,
            Ask::Execute(SOME),
            Ask::Sync,
        ];
        let mut exchange = asked(&pipeline);
        exchange.answer(Answer::Failed).unwrap();
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        assert_eq!(exchange.answer(Answer::Completed), Ok(Meaning::Done(SOME)));
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        // The error may come before the Sync was sent.
        let mut exchange = asked(&[Ask::Parse(SOME)]);
        exchange.flush();
        exchange.answer(Answer::Failed).unwrap();
        exchange.ask(Ask::Execute(SOME));
        exchange.ask(Ask::Sync);
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        assert!(exchange.is_empty());
    }

    #[test]
    fn a_sync_within_a_copy_is_not_heard() {
        let mut exchange = asked(&[Ask::Bind(SOME), Ask::Execute(SOME), Ask::Sync]);
        exchange.answer(Answer::Bound).unwrap();
        exchange.answer(Answer::CopyIn).unwrap();
        assert!(exchange.is_busy());
        exchange.ask(Ask::CopyEnd);
        exchange.ask(Ask::Sync);
        assert_eq!(exchange.answer(Answer::Completed), Ok(Meaning::Done(SOME)));
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        assert!(exchange.is_empty());
    }

    #[test]
    fn too_many_questions_are_counted_and_take_no_memory() {
        let mut exchange = Exchange::default();
        for _ in 0..100_000 {
            exchange.ask(Ask::Execute(SOME));
        }
        exchange.ask(Ask::Sync);
        assert!(exchange.is_busy() && exchange.open.capacity() <= 2 * MOST);
        for _ in 0..100_000 {
            assert_eq!(exchange.answer(Answer::Completed), Ok(Meaning::Noted));
        }
        assert_eq!(exchange.answer(Answer::Ready), Ok(Meaning::Ready));
        assert!(exchange.is_empty());
    }
}
