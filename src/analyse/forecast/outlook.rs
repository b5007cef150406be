//! What becomes of a plan: by theory where it speaks of such a load, and by the twin where it does not.

use super::{Departure, Forecast, Patience, Played, Unplayable};
use crate::plan::Plan;
use crate::theory::{TheoryError, Variability};
use crate::twin::HoldLaw;
use crate::units::TimeScale;

/// What becomes of one session scope.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// What theory says.
    pub theory: Forecast,
    /// Who is to be believed if nobody ever gave up.
    pub patient: Answer,
    /// Who is to be believed with the acquire timeout of the plan.
    pub with_timeout: Answer,
}

/// Who has the word.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A formula speaks of such a load.
    Theory,
    /// None does, for these reasons; what the twin says, or why it says nothing.
    Twin(Vec<Departure>, Result<Box<Played>, Unplayable>),
}

impl Answer {
    /// The reasons why no formula speaks of the load.
    #[must_use]
    pub fn departures(&self) -> &[Departure] {
        match self {
            Self::Theory => &[],
            Self::Twin(departures, _) => departures,
        }
    }

    /// What the twin played, if it has the word.
    #[must_use]
    pub fn played(&self) -> Option<&Played> {
        match self {
            Self::Twin(_, Ok(played)) => Some(played),
            Self::Theory | Self::Twin(_, Err(_)) => None,
        }
    }
}

impl Outlook {
    /// Holds that are played for a whole plan, whatever its scopes: a fraction of a second.
    pub const BUDGET: u64 = 1_500_000;

    /// What becomes of every session scope of a plan, with so varied holds.
    ///
    /// # Errors
    /// When nothing is held, or the load is beyond computing.
    pub fn all(plan: &Plan, law: &HoldLaw) -> Result<Vec<Self>, TheoryError> {
        let variability = variability(law)?;
        let forecasts: Result<Vec<Forecast>, TheoryError> =
            plan.scopes.iter().map(|scope| Forecast::of(plan, *scope, variability)).collect();
        let forecasts = forecasts?;
        let plays = forecasts.iter().map(|it| {
            u64::from(!it.departures(plan, Patience::Endless).is_empty())
                + u64::from(!it.departures(plan, Patience::Timeout).is_empty())
        });
        let budget = Self::BUDGET / plays.sum::<u64>().max(1);
        Ok(forecasts.into_iter().map(|theory| Self::of(plan, theory, law, budget)).collect())
    }

    fn of(plan: &Plan, theory: Forecast, law: &HoldLaw, budget: u64) -> Self {
        let play = |departures: Vec<Departure>, patience| {
            if departures.is_empty() {
                return Answer::Theory;
            }
            Answer::Twin(departures, Played::of(plan, theory.scope, law, patience, budget).map(Box::new))
        };
        let with_timeout = play(theory.departures(plan, Patience::Timeout), Patience::Timeout);
        let reasons = theory.departures(plan, Patience::Endless);
        let patient = match &with_timeout {
            // Where nobody gave up it is the same history.
            Answer::Twin(_, Ok(played)) if played.timed_out.value == 0.0 && !reasons.is_empty() => {
                Answer::Twin(reasons, Ok(played.clone()))
            }
            _ => play(reasons, Patience::Endless),
        };
        Self { theory, patient, with_timeout }
    }
}

impl Forecast {
    /// In what the load differs from what the formula takes for granted; nothing where it speaks of it.
    #[must_use]
    pub fn departures(&self, plan: &Plan, patience: Patience) -> Vec<Departure> {
        let prediction = match patience {
            Patience::Endless => &self.patient,
            Patience::Timeout => &self.with_timeout,
        };
        Departure::from(plan, self.scope, prediction, TimeScale::NOMINAL)
    }
}

/// The variability of a law of holds. Lognormal holds that vary as exponential ones do are not those, and no
/// exact formula is for them.
///
/// # Errors
/// When a spread is none.
pub(super) fn variability(law: &HoldLaw) -> Result<Variability, TheoryError> {
    match law {
        HoldLaw::Fixed | HoldLaw::Measured(_) => Ok(Variability::NONE),
        HoldLaw::Exponential => Ok(Variability::EXPONENTIAL),
        HoldLaw::LogNormal { spread } => {
            let spread = if *spread == 1.0 { 1.0 - 1e-9 } else { *spread };
            Variability::new(spread).ok_or(TheoryError::OutOfRange)
        }
    }
}
