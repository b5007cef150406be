//! Intervals: how wide, how made, or why there is none.

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Wilson's score interval for a share of as many requests as would tell the same if they did not depend on
    /// each other.
    Wilson(u64),
    /// Student's t over the means of so many batches of time, which may depend on each other.
    BatchMeans(usize),
    /// Student's t over so many durations, which depend little on each other.
    Mean(u64),
    /// The quantiles between which the share of so many durations would lie that do not depend on each other.
    Quantiles(u64),
    /// Student's t over the holds of a request, each with those of its number.
    Strata(u64),
    /// From the intervals of other figures, their relative errors added in quadrature.
    Combined,
}

/// Why a figure has no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// There are only so many values.
    TooFew(u64),
    /// The window holds only so many times the time of a request, so its parts are no batches.
    FewBatches(usize),
    /// It follows from the plan, and nothing of it was measured.
    Computed,
    /// It was counted in full over the span: nothing was sampled of what happened in it.
    Counted,
    /// It is the greatest of all, which grows with their number.
    Greatest,
    /// Its upper end lies among durations that were cut off.
    CutOff,
    /// Times of one run depend on each other, and the record does not say when each of these was.
    Dependent,
    /// One of the figures that it was made from has none.
    Inherited,
    /// The load is another at another time of the span, so its parts are no repetitions of each other.
    Unsteady,
    /// The requests waiting rise and fall so slowly that the span shows too few ups and downs of them.
    SlowQueue,
    /// The rarer outcome came in a few spells, of which nobody knows how often they come.
    FewSpells,
    /// The record does not say when it happened.
    NotKept,
    /// Holds of a request differ by plan, and the record does not keep them apart.
    Mixed,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end, in the unit of the estimate.
    pub low: f64,
    /// Its upper end, in the unit of the estimate.
    pub high: f64,
    /// How it was made.
    pub method: Method,
}
