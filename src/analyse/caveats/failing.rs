//! Requests that failed by accident: how many, how most often, what is behind it, and what mends it.

use std::time::Duration;

use super::{Caveat, Place, Placed, What};
use crate::analyse::{LaneSummary, Share};
use crate::archive::Run;
use crate::plan::Plan;
use crate::record::{Cause, FailureKind};

/// Requests of a lane that failed for another reason than the acquire timeout, and not as the scenario
/// asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Failing {
    /// How many.
    pub count: u64,
    /// Of the requests that were sent.
    pub share: Share,
    /// The most frequent kind; none where nobody noted it.
    pub most: Option<FailureKind>,
    /// What is behind that kind; none where it is not known.
    pub behind: Option<Behind>,
}

/// What is behind a kind of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The cause.
    pub cause: Cause,
    /// The server's setting that makes it, and its value, where it is known.
    pub setting: Option<(String, String)>,
}

impl Failing {
    /// Whether so many failed that the lane shows nothing else.
    pub(super) fn is_accident(&self) -> bool {
        self.share.get() > crate::analyse::soundness::TOLERATED
    }
}

/// One caveat for each cause, so that what killed one session scope does not stand for what killed the
/// other.
pub(super) fn find(record: &Run, lanes: &[Placed<'_>]) -> Vec<Caveat> {
    let mut found: Vec<(Failing, Vec<Place>)> = Vec::new();
    for (place, lane) in lanes {
        let Some(failing) = failing(record, lane) else { continue };
        match found.iter_mut().find(|(known, _)| alike(known, &failing)) {
            Some((worst, places)) => {
                places.push(place.clone());
                if failing.share > worst.share {
                    *worst = failing;
                }
            }
            None => found.push((failing, vec![place.clone()])),
        }
    }
    let caveat = |(failing, lanes)| Caveat { what: What::Failing(Box::new(failing)), lanes };
    found.into_iter().map(caveat).collect()
}

fn alike(a: &Failing, b: &Failing) -> bool {
    let kind = |it: &Failing| it.most.as_ref().map(|most| (most.why, most.state));
    let cause = |it: &Failing| it.behind.as_ref().map(|behind| behind.cause);
    (kind(a), cause(a)) == (kind(b), cause(b))
}

fn failing(record: &Run, lane: &LaneSummary) -> Option<Failing> {
    let count = lane.unasked_failures;
    let share = Share::of(count, lane.ledger.dispatched).filter(|_| count > 0)?;
    let most = lane.failed.most_unasked().cloned();
    let behind = most.as_ref().and_then(|most| behind(record, lane, most));
    Some(Failing { count, share, most, behind })
}

fn behind(record: &Run, lane: &LaneSummary, most: &FailureKind) -> Option<Behind> {
    let settings = &record.environment.postgres_settings;
    let cause = match Cause::of(most)? {
        // Whoever stands between us and the server may close a connection without the server's words.
        Cause::ConnectionLost if idles_too_long(&record.plan, lane, settings) => Cause::IdleInTransaction,
        cause => cause,
    };
    let name = cause.setting();
    let setting = settings.iter().find(|(known, value)| Some(known.as_str()) == name && *value != "0");
    Some(Behind { cause, setting: setting.cloned() })
}

/// Whether the session scope is idle in a transaction for longer than the server allows.
fn idles_too_long(plan: &Plan, lane: &LaneSummary, settings: &[(String, String)]) -> bool {
    let name = Cause::IdleInTransaction.setting();
    let setting = settings.iter().find(|(known, _)| Some(known.as_str()) == name);
    let allowed = setting.and_then(|(_, value)| duration(value));
    let idle = plan.time_scale.scaled(plan.itinerary(lane.scope).idle_hold());
    allowed.is_some_and(|allowed| idle >= allowed)
}

/// A time as Postgres shows it: `2s`, `500ms`, `1min`; nothing for 0, which means off.
fn duration(value: &str) -> Option<Duration> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let milliseconds = match unit {
        "us" => return number.parse().ok().map(Duration::from_micros).filter(|it| !it.is_zero()),
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let time = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(milliseconds)?);
    Some(time).filter(|time| !time.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_postgres_shows_them() {
        let seconds = |text| duration(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("2s"), Some(2.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert_eq!(seconds("250us"), Some(0.000_25));
        assert_eq!(seconds("1min"), Some(60.0));
        assert_eq!((seconds("0"), seconds("soon"), seconds("")), (None, None, None));
    }
}
