//! The curve of one lane's acquire waits, and the words for it.

use crate::report::lang::{say, word};
use std::time::Duration;

use super::view;
use crate::analyse::{Act, Figures, Metric, Survival};
use crate::archive::LaneTape;
use crate::report::words;
use crate::units::{self, Quantile};

/// The share of one lane's requests that waited longer than each time, as far as it is known.
pub(super) struct Waits<'a> {
    pub(super) lane: &'a LaneTape,
    survival: Survival,
    /// Measured nanoseconds and the share that waited longer.
    pub(super) steps: Vec<(u64, f64)>,
    /// The least wait.
    pub(super) least: u64,
    /// Where the curve ends.
    pub(super) end: u64,
}

/// How a curve ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CurveEnd {
    /// At the longest wait: nobody waited longer.
    Known,
    /// Where waits were cut off: some waited longer, and nobody knows how much.
    CutOff,
}

impl<'a> Waits<'a> {
    /// Reads the waits of a lane.
    pub(super) fn of(lane: &'a LaneTape) -> Self {
        let waits = &lane.tape.measured.acquire_wait;
        let (seen, censored) = (&waits.seen, &waits.censored);
        let least =
            [seen, censored].into_iter().filter(|some| some.count() > 0).map(|some| some.least()).min();
        let survival = Survival::of(waits);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let steps = survival.steps().map(|(time, share)| (nanos(time), share));
        let (steps, end) = (steps.collect(), nanos(survival.end()));
        Self { lane, survival, steps, least: least.unwrap_or(0), end }
    }

    /// How many requests asked for a connection.
    pub(super) fn count(&self) -> u64 {
        self.survival.count()
    }

    /// How the curve ends.
    pub(super) fn ends(&self) -> CurveEnd {
        match self.steps.last() {
            Some((_, share)) if *share < 1e-12 => CurveEnd::Known,
            _ => CurveEnd::CutOff,
        }
    }

    /// `request-scoped: median > 30 s, p99 > 30 s; 3,479 of 3,559 never got one (97.8 %)`.
    pub(super) fn in_words(&self, figures: &Figures) -> String {
        let scope = self.lane.scope;
        let told = |metric| {
            let figure = figures.at(Act::SideBySide, &self.lane.pool, scope, metric)?;
            words::at_nominal(figure)
        };
        let (Some(median), Some(p99)) = (told(Metric::AcquireWaitP50), told(Metric::AcquireWaitP99)) else {
            return say!("{scope}: no request asked for a connection", scope);
        };
        let (cut, all) = (self.survival.censored(), self.count());
        let unserved = match cut {
            0 => say!("all {all} requests got a connection", all = units::count(all)),
            cut => say!(
                "{cut} of {all} requests never got one ({all2})",
                cut = units::count(cut),
                all = units::count(all),
                all2 = view::share(cut as f64, all as f64)
            ),
        };
        say!("{scope}: median {median}, p99 {p99}; {unserved}", scope, median, p99, unserved)
    }
}

/// The curves of the twin are read alike: its lanes are at nominal times.
impl Waits<'_> {
    /// Whether anybody waited at all.
    pub(super) fn any(&self) -> bool {
        self.end > 0 && self.count() > 0
    }

    /// `median > 30 s, p99 > 30 s`, or that nobody waited.
    pub(super) fn in_few_words(&self) -> String {
        let quantile = |quantile| self.survival.quantile(quantile);
        match (quantile(Quantile::P50), quantile(Quantile::P99)) {
            (Some(median), Some(p99)) if self.any() => say!("median {median}, p99 {p99}", median, p99),
            _ => word("nobody waited").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::itinerary::SessionScope;
    use crate::record::{Durations, End, Tape};

    fn lane(seen: &[u64], censored: &[u64]) -> LaneTape {
        let mut durations = Durations::default();
        seen.iter().for_each(|wait| durations.note(*wait, End::Seen));
        censored.iter().for_each(|wait| durations.note(*wait, End::NotSeen));
        let mut tape = Tape::default();
        tape.measured.acquire_wait = durations;
        LaneTape::of("sqlx", SessionScope::Request, None, None, tape)
    }

    #[test]
    fn one_late_success_does_not_speak_for_all_that_gave_up() {
        let lane = lane(&[10, 20, 30_030], &[30_000; 97]);
        let waits = Waits::of(&lane);
        assert_eq!(waits.steps.len(), 2);
        assert_eq!(waits.ends(), CurveEnd::CutOff);
        let words = waits.in_few_words();
        assert!(words.starts_with("median > 30 µs"), "{words}");
    }

    #[test]
    fn without_cutting_off_the_curve_goes_to_its_end() {
        let seen: Vec<u64> = (1..=100).map(|wait| wait * 1000).collect();
        let lane = lane(&seen, &[]);
        let waits = Waits::of(&lane);
        assert_eq!((waits.ends(), waits.end), (CurveEnd::Known, 100_000));
    }

    #[test]
    fn the_words_are_of_the_list_of_figures() {
        let record = crate::analyse::fixture::record();
        let figures = crate::analyse::summarise(&record).figures;
        let told = |lane| Waits::of(&record.side_by_side[lane]).in_words(&figures);
        insta::assert_snapshot!(told(0), @"request-scoped: median > 30 s, p99 > 30 s; 3,479 of 3,559 requests never got one (97.8 %)");
        insta::assert_snapshot!(told(1), @"repository-scoped: median ≤ 19.4 ms, p99 ≤ 23.2 ms; all 3,559 requests got a connection");
    }
}
