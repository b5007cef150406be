//! What pool an objective needs, what a given pool carries, and what a change of scope is worth.

use std::time::Duration;

use super::outlook::variability;
use super::search::PlayedTrials;
use super::sizer::Sizer;
use super::{Departure, NestedHolds, Question, Unplayable, held_a_request};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::theory::{Connections, Formula, Objective, TheoryError};
use crate::twin::HoldLaw;
use crate::units::Rate;

/// Pools and rates that keep an objective, for each session scope. Without a timeout: a wait that is
/// cut off keeps no objective.
#[derive(Debug, Clone)]
pub struct Sizing {
    /// What waits may be.
    pub objective: Objective,
    /// The session scopes, before first.
    pub scopes: Vec<ScopeSizing>,
    /// Connections that the first scope needs to carry what the last one carries with the given pool,
    /// at what rate; none where there are not two scopes, or no such rate.
    pub worth: Option<(Needed, Rate)>,
    /// What the change is worth when both pools are always full, objective or not: pool size × hold
    /// before ÷ hold after.
    pub at_saturation: Option<f64>,
}

/// One session scope.
#[derive(Debug, Clone)]
pub struct ScopeSizing {
    /// The session scope.
    pub scope: SessionScope,
    /// Who says so.
    pub answer: SizedBy,
    /// The smallest pool that keeps the objective at the plan's rate.
    pub smallest: Needed,
    /// Requests per second that the given pool carries under the objective.
    pub highest: Highest,
    /// Requests per second that the given pool carries at most.
    pub capacity: Rate,
    /// The quantile of the objective over the arrival rate, with the given pool.
    pub over_rate: Curve,
    /// The same over the pool size, at the plan's rate.
    pub over_size: Curve,
    /// When the pool cannot deadlock on itself; none where a request holds one connection at a time.
    pub nested: Option<NestedHolds>,
}

/// Who says what pool is needed.
#[derive(Debug, Clone, PartialEq)]
pub enum SizedBy {
    /// A formula that is exact for such a load.
    Formula(Formula),
    /// The twin, since no formula is exact for it, for these reasons.
    Twin(Vec<Departure>, PlayedTrials),
    /// A formula that is not exact for it, for these reasons, since the twin does not play it.
    Guide(Formula, Vec<Departure>, Unplayable),
}

/// A number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// So many.
    pub connections: Connections,
    /// Between these the number lies, if the twin played more; both the same where a formula says it.
    pub between: (Connections, Connections),
}

/// The highest rate at which a pool keeps an objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Highest {
    /// It keeps it at no rate.
    None,
    /// The rate, and the two between which it lies.
    Rate(Rate, (Rate, Rate)),
    /// It keeps it at any rate up to this one, which is far beyond what it carries.
    Any(Rate),
    /// The rate changes over the run, and is not one number.
    Changing,
}

impl Needed {
    pub(super) fn exactly(connections: Connections) -> Self {
        Self { connections, between: (connections, connections) }
    }
}

impl Highest {
    /// The rate, where it is one.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        match self {
            Self::Rate(rate, _) => Some(*rate),
            Self::None | Self::Any(_) | Self::Changing => None,
        }
    }
}

/// A wait over a rate or over a pool size.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Rate per second or connections, and the wait; below the capacity only.
    pub points: Vec<(f64, Duration)>,
    /// Where waiting sets in.
    pub knee: Option<Knee>,
}

/// Where waits first pass the objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// Rate per second, or connections.
    pub at: f64,
}

impl Sizing {
    /// Holds that are played for one trial of a pool or a rate.
    pub const TRIAL: u64 = 100_000;

    /// Sizes every session scope of a plan, with so varied holds: by formulas where they are exact for such a
    /// load, and by the twin where not. The rate is that of one pool of a fleet.
    ///
    /// # Errors
    /// When a scope holds nothing, or the load is beyond computing.
    pub fn of(plan: &Plan, objective: Objective, law: &HoldLaw) -> Result<Self, TheoryError> {
        let variability = variability(law)?;
        let sizers: Result<Vec<Sizer<'_>>, TheoryError> = plan
            .scopes
            .iter()
            .map(|scope| {
                let question = Question::of(plan, *scope, variability)?;
                Ok(Sizer { plan, scope: *scope, question, objective, law })
            })
            .collect();
        let sizers = sizers?;
        // A search takes a while, and scopes do not wait for each other.
        let scopes: Result<Vec<ScopeSizing>, TheoryError> = std::thread::scope(|threads| {
            let sized: Vec<_> = sizers.iter().map(|sizer| threads.spawn(|| sizer.size())).collect();
            sized
                .into_iter()
                .map(|sized| sized.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let scopes = scopes?;
        let (mut worth, mut at_saturation) = (None, None);
        if let ([before, .., after], Some(last)) = (sizers.as_slice(), scopes.last()) {
            if let Some(rate) = last.highest.rate() {
                worth = Some((before.needed_at(rate)?, rate));
            }
            let held = |sizer: &Sizer<'_>| held_a_request(plan, sizer.scope);
            at_saturation = Some(f64::from(plan.pool.size) * held(before) / held(after));
        }
        Ok(Self { objective, scopes, worth, at_saturation })
    }
}
