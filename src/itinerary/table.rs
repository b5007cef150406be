//! The before and after tables: an itinerary as rows of steps, times and what the connection does.

use std::time::Duration;

use super::{Itinerary, Move, StepKind};

/// One row of a before or after table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseRow {
    /// The step, by its name in the scenario; `acquire` and `release` have rows of their own.
    pub step: String,
    /// Nominal time of the step.
    pub time: Duration,
    /// What the connection does meanwhile.
    pub connection: ConnectionUse,
}

/// What becomes of a connection during a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionUse {
    /// Held, and SQL runs on it.
    Busy,
    /// Held, and nothing runs on it.
    Wasted,
    /// No connection is held.
    None,
    /// A connection is held from this row on.
    Taken,
    /// The connection is given back in this row.
    Freed,
}

impl ConnectionUse {
    /// The words for it in a table.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Busy => "held, busy",
            Self::Wasted => "held, wasted",
            Self::None => "no connection",
            Self::Taken => "held from here",
            Self::Freed => "released",
        }
    }
}

/// The rows of the before or after table of an itinerary, as the mission document draws it.
#[must_use]
pub fn phase_table(itinerary: &Itinerary) -> Vec<PhaseRow> {
    let row = |step: &str, time, connection| PhaseRow { step: step.to_owned(), time, connection };
    itinerary
        .timed()
        .filter_map(|timed| match timed.step {
            Move::Acquire => Some(row("acquire", Duration::ZERO, ConnectionUse::Taken)),
            Move::Release => Some(row("release", Duration::ZERO, ConnectionUse::Freed)),
            Move::Perform(index) => {
                let step = &itinerary.workload().steps[index];
                let connection = match (timed.held, step.kind) {
                    (0, _) => ConnectionUse::None,
                    (_, StepKind::Sql) => ConnectionUse::Busy,
                    (_, StepKind::Queue | StepKind::Work | StepKind::Compute) => ConnectionUse::Wasted,
                };
                Some(row(&step.name, timed.lasts, connection))
            }
            Move::MarkFailed => Some(row(itinerary.word(timed.step), timed.lasts, ConnectionUse::Busy)),
            Move::Begin | Move::Commit | Move::Rollback => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{SessionScope, tests::seed};
    use super::*;

    #[test]
    fn the_before_table_of_the_seed() {
        let rows = phase_table(&Itinerary::new(SessionScope::Request, seed()));
        let told: Vec<String> = rows
            .iter()
            .map(|r| format!("{} {}s {}", r.step, r.time.as_secs(), r.connection.words()))
            .collect();
        assert_eq!(
            told,
            [
                "acquire 0s held from here",
                "create_job 1s held, busy",
                "enqueue 177s held, wasted",
                "other 2s held, wasted",
                "release 0s released",
            ]
        );
    }

    #[test]
    fn the_after_table_of_the_seed() {
        let rows = phase_table(&Itinerary::new(SessionScope::Repository, seed()));
        let told: Vec<String> = rows.iter().map(|r| format!("{} {}", r.step, r.connection.words())).collect();
        assert_eq!(
            told,
            [
                "acquire held from here",
                "create_job held, busy",
                "release released",
                "enqueue no connection",
                "other no connection",
            ]
        );
    }
}
