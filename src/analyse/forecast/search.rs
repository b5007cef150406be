//! The smallest pool, or the highest rate, at which a played plan keeps an objective: found by halving, since
//! waits get shorter with every connection and longer with the rate. Every trial plays the same draws, so that
//! two of them differ by the pool or the rate and not by chance.

use std::collections::BTreeMap;
use std::time::Duration;

use super::runs::{FIRST_STREAM, Runs};
use super::{Length, Patience, Unplayable};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::theory::Objective;
use crate::twin::HoldLaw;
use crate::units::Rate;

/// What is searched for, and how much is played for each trial.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) plan: &'a Plan,
    pub(super) scope: SessionScope,
    pub(super) law: &'a HoldLaw,
    pub(super) objective: Objective,
    /// Holds that are played in one trial.
    pub(super) budget: u64,
}

/// What was found, and between what it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Between<T> {
    pub(super) found: T,
    pub(super) low: T,
    pub(super) high: T,
}

/// Trials of a search: each with its size or rate, and the wait at the objective's quantile in seconds.
pub(super) struct Trials {
    pub(super) waits: Vec<(f64, Duration)>,
    pub(super) played: PlayedTrials,
}

/// What the trials of a search played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayedTrials {
    /// How many pools or rates were tried.
    pub trials: u32,
    /// Runs in each of those nearest to the answer.
    pub runs: u32,
    /// Measured span of each, nominal.
    pub measured: Duration,
    /// Whether that is the plan's, or as much of it as is played.
    pub length: Length,
}

/// Whether an objective was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    /// Not even with all the doubt that so few runs leave.
    No,
    /// It was not, and more runs might.
    HardlyNot,
    /// It was, and more runs might not.
    Hardly,
    /// It was, whatever more runs give.
    Yes,
}

struct Trial {
    kept: Kept,
    wait: Option<Duration>,
}

/// Fewer runs than this are sure of an objective only where half the wait keeps it, too.
const ENOUGH: u64 = 16;
/// A pool that no search goes beyond.
const LARGEST: i64 = 1_000_000;
/// Rates are searched in steps of one part in so many.
const STEPS: f64 = 100.0;
/// And up to so many times what the pool carries: where it keeps the objective there, no rate breaks it.
const BEYOND: f64 = 4.0;
/// A pool that is large enough is to be so with so many connections more as well.
const NEIGHBOURS: i64 = 2;

impl Search<'_> {
    /// The smallest pool at the plan's rate, looked for from a guess on.
    pub(super) fn smallest(&self, guess: u32) -> Result<(Between<u32>, Trials), Unplayable> {
        let mut halving = Halving::new(|size: i64| {
            let mut plan = self.plan.clone();
            plan.pool.size = size as u32;
            self.tried(&plan)
        });
        let size = |found: i64| found as u32;
        let found = halving.first_steadily(i64::from(guess), 1..=LARGEST)?.ok_or(Unplayable::TooMuch)?;
        let (low, high) = halving.around(found, 1..=LARGEST)?;
        let high = high.ok_or(Unplayable::TooMuch)?;
        let between = Between { found: size(found), low: size(low), high: size(high) };
        Ok((between, halving.trials(|size| size as f64)))
    }

    /// The highest rate of the plan's pool, looked for from a guess on: none where it keeps the objective at
    /// no rate, and an endless one where no rate breaks it.
    pub(super) fn highest(
        &self,
        guess: Rate,
        capacity: Rate,
    ) -> Result<(Option<Between<f64>>, Trials), Unplayable> {
        let base = guess.as_per_second();
        let rate = |step: i64| base * (-step as f64 / STEPS).exp();
        let step = |rate: f64| -(STEPS * (rate / base).ln()) as i64;
        let (fastest, slowest) =
            (step(BEYOND * capacity.as_per_second()), step(capacity.as_per_second() / 1e4));
        let mut halving = Halving::new(|at: i64| {
            let mut plan = self.plan.clone();
            plan.load.rate = Rate::per_second(rate(at) * f64::from(plan.pool_count().max(1)))
                .ok_or(Unplayable::TooMuch)?;
            self.tried(&plan)
        });
        let found = halving.first_steadily(0, fastest..=slowest)?;
        let between = match found {
            None => None,
            Some(found) if found == fastest => {
                Some(Between { found: f64::INFINITY, low: rate(fastest), high: f64::INFINITY })
            }
            Some(found) => {
                let (low, high) = halving.around(found, fastest..=slowest)?;
                // A rate between two steps may be the last that keeps it. What a ten-thousandth of the capacity does
                // not keep surely, no rate keeps.
                high.map(|high| Between { found: rate(found), low: rate(high), high: rate(low - 1) })
            }
        };
        Ok((between, halving.trials(rate)))
    }

    /// A few runs tell most pools; all of them are played for those that they do not tell.
    fn tried(&self, plan: &Plan) -> Result<(Trial, PlayedTrials), Unplayable> {
        let few = self.played(plan, self.budget / 8)?;
        // A shortened run is another one if it is shorter still; and few runs may all be spared what befalls one in
        // ten, since the waits of a run come together.
        let whole = few.1.length == Length::Whole && u64::from(few.1.runs) >= ENOUGH;
        let told = matches!(few.0.kept, Kept::Yes | Kept::No) && whole;
        if told { Ok(few) } else { self.played(plan, self.budget) }
    }

    fn played(&self, plan: &Plan, budget: u64) -> Result<(Trial, PlayedTrials), Unplayable> {
        let streams = (budget, FIRST_STREAM);
        let runs = Runs::of(plan, self.scope, self.law, Patience::Endless, streams)?;
        let longer = runs.longer_than(self.objective.wait);
        let allowed = 1.0 - self.objective.quantile.get();
        let halved = || runs.longer_than(self.objective.wait / 2).value <= allowed;
        let kept = match (longer.value <= allowed, longer.low <= allowed, longer.high <= allowed) {
            // Who waits for each other waits for ever. Whether it comes to that is chance, and where it came to
            // it in fewer than half of the runs, others may be spared.
            _ if u64::from(runs.deadlocked()) * 2 >= runs.count => Kept::No,
            _ if runs.deadlocked() > 0 => Kept::HardlyNot,
            (true, _, true) if runs.count >= ENOUGH || halved() => Kept::Yes,
            (true, ..) => Kept::Hardly,
            (false, true, _) => Kept::HardlyNot,
            (false, false, _) => Kept::No,
        };
        let wait = runs.quantile(self.objective.quantile);
        let wait = wait.and_then(|it| Duration::try_from_secs_f64(it.value).ok());
        let played = PlayedTrials {
            trials: 0,
            runs: runs.count as u32,
            measured: runs.plan.phases.measure,
            length: runs.length,
        };
        Ok((Trial { kept, wait }, played))
    }
}

/// Numbers that were tried. The larger the number, the better the objective is kept.
struct Halving<F> {
    tries: F,
    tried: BTreeMap<i64, Trial>,
    played: Option<PlayedTrials>,
}

impl<F: FnMut(i64) -> Result<(Trial, PlayedTrials), Unplayable>> Halving<F> {
    fn new(tries: F) -> Self {
        Self { tries, tried: BTreeMap::new(), played: None }
    }

    fn kept(&mut self, at: i64) -> Result<Kept, Unplayable> {
        if let Some(trial) = self.tried.get(&at) {
            return Ok(trial.kept);
        }
        let (trial, played) = (self.tries)(at)?;
        let kept = trial.kept;
        self.tried.insert(at, trial);
        if self.played.is_none_or(|most| most.runs < played.runs) {
            self.played = Some(played);
        }
        Ok(kept)
    }

    /// The first number in a range that is kept at least so well; none where none is.
    fn first(
        &mut self,
        least: Kept,
        guess: i64,
        range: &std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Unplayable> {
        let mut enough = guess.clamp(*range.start(), *range.end());
        let mut step = 1;
        while self.kept(enough)? < least {
            if enough == *range.end() {
                return Ok(None);
            }
            enough = (enough + step).min(*range.end());
            step *= 2;
        }
        // One that is too small, at most one step below those that are tried.
        let mut too_small =
            self.tried.range(..enough).rev().find(|(_, it)| it.kept < least).map(|(at, _)| *at);
        let mut step = 1;
        while too_small.is_none() && enough > *range.start() {
            let smaller = (enough - step).max(*range.start());
            if self.kept(smaller)? < least {
                too_small = Some(smaller)
            } else {
                enough = smaller
            }
            step *= 2;
        }
        let Some(mut too_small) = too_small else { return Ok(Some(enough)) };
        while enough - too_small > 1 {
            let middle = too_small + (enough - too_small) / 2;
            if self.kept(middle)? < least { too_small = middle } else { enough = middle }
        }
        Ok(Some(enough))
    }

    /// The first number that is kept, and whose neighbours are: where a larger one is not, the search goes on
    /// beyond it.
    fn first_steadily(
        &mut self,
        guess: i64,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<Option<i64>, Unplayable> {
        let (mut range, mut guess) = (range, guess);
        loop {
            let Some(found) = self.first(Kept::Hardly, guess, &range)? else { return Ok(None) };
            for neighbour in found + 1..=(found + NEIGHBOURS).min(*range.end()) {
                self.kept(neighbour)?;
            }
            let broken = self.tried.range(found..).rev().find(|(_, it)| it.kept < Kept::Hardly);
            match broken.map(|(at, _)| *at) {
                None => return Ok(Some(found)),
                Some(at) if at >= *range.end() => return Ok(None),
                Some(at) => (range, guess) = (at + 1..=*range.end(), at + 1),
            }
        }
    }

    /// Between which numbers the first that is kept lies, if more were played.
    /// No number at the end where none is surely kept.
    fn around(
        &mut self,
        found: i64,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<(i64, Option<i64>), Unplayable> {
        let low = self.first(Kept::HardlyNot, found, &(*range.start()..=found))?.unwrap_or(found);
        Ok((low, self.first(Kept::Yes, found, &(found..=*range.end()))?))
    }

    fn trials(self, at: impl Fn(i64) -> f64) -> Trials {
        let played = self.played.unwrap_or(PlayedTrials {
            trials: 0,
            runs: 0,
            measured: Duration::ZERO,
            length: Length::Whole,
        });
        let trials = self.tried.len() as u32;
        let mut waits: Vec<(f64, Duration)> =
            self.tried.iter().filter_map(|(number, trial)| Some((at(*number), trial.wait?))).collect();
        waits.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Trials { waits, played: PlayedTrials { trials, ..played } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYED: PlayedTrials =
        PlayedTrials { trials: 0, runs: 8, measured: Duration::from_secs(1), length: Length::Whole };

    fn halving(
        kept: impl Fn(i64) -> Kept,
    ) -> Halving<impl FnMut(i64) -> Result<(Trial, PlayedTrials), Unplayable>> {
        Halving::new(move |at| Ok((Trial { kept: kept(at), wait: None }, PLAYED)))
    }

    fn steps(at: i64) -> Kept {
        match at {
            ..20 => Kept::No,
            20..24 => Kept::HardlyNot,
            24..27 => Kept::Hardly,
            _ => Kept::Yes,
        }
    }

    #[test]
    fn the_first_is_found_from_any_guess_with_what_lies_around_it() {
        for guess in [-5, 1, 19, 23, 24, 30, 900, 5_000] {
            let mut halving = halving(steps);
            let found = halving.first_steadily(guess, 1..=1_000).unwrap();
            assert_eq!(found, Some(24), "{guess}");
            assert_eq!(halving.around(24, 1..=1_000).unwrap(), (20, Some(27)), "{guess}");
            assert!(halving.tried.len() < 40, "{guess}: {}", halving.tried.len());
        }
    }

    #[test]
    fn a_neighbour_that_is_not_kept_pushes_the_search_on() {
        let mut uneven = halving(|at| if at == 25 { Kept::No } else { steps(at) });
        assert_eq!(uneven.first_steadily(24, 1..=1_000).unwrap(), Some(26));
        let mut never = halving(|_| Kept::No);
        assert_eq!(never.first_steadily(24, 1..=1_000).unwrap(), None);
        let mut always = halving(|_| Kept::Yes);
        assert_eq!(always.first_steadily(24, 1..=1_000).unwrap(), Some(1));
    }
}
