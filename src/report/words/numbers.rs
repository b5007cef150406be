//! How sure a number is, in a few signs.

use crate::analyse::{Doubt, Estimate, Figure, Known, Metric, Range, Reading, Unit};
use crate::report::lang::{say, word};
use crate::units;

/// The least and the greatest: `2.1 % to 2.3 %`, or one number where they print alike.
pub(in crate::report) fn range(range: Range) -> String {
    let (low, high) = (range.unit.text(range.least), range.unit.text(range.greatest));
    if low == high { low } else { say!("{low} to {high}", low, high) }
}

/// A figure at nominal times. A wait or response is measured ÷ time scale, which multiplies the overhead in it: then
/// the number is an upper bound.
pub(in crate::report) fn at_nominal(figure: &Figure) -> Option<String> {
    let value = figure.at_nominal()?.value;
    let is_hold = matches!(figure.metric, Metric::HoldP50 | Metric::HoldP99);
    let known = matches!(value, Reading::Time(Known::Exactly(_), _));
    let scaled = figure.measured.as_ref().is_ok_and(|measured| measured.value.number() != value.number());
    let bound = if known && scaled && !is_hold { "≤ " } else { "" };
    Some(format!("{bound}{value}"))
}

/// The interval: `± 0.4 %` of the value, `97–99 %` for a share; nothing of what has none to speak of,
/// and else why there is none.
pub(in crate::report) fn interval(estimate: Estimate) -> Option<String> {
    match estimate.interval {
        Err(Doubt::Computed | Doubt::Counted | Doubt::Dependent | Doubt::CutOff | Doubt::Greatest) => None,
        Err(doubt) => Some(why_none(doubt)),
        Ok(it)
            if estimate.unit == Unit::Share && estimate.unit.text(it.low) != estimate.unit.text(it.high) =>
        {
            let low = estimate.unit.text(it.low);
            Some(format!("{}–{}", low.trim_end_matches(" %"), estimate.unit.text(it.high)))
        }
        Ok(it) => Some(match estimate.share_below().max(estimate.share_above()) {
            // Zero is in it, so only its upper end says something.
            wider if wider >= 1.0 => say!("at most {high}", high = estimate.unit.text(it.high)),
            wider if wider < 0.001 => "± < 0.1 %".into(),
            wider => format!("± {}", units::percent(two(wider))),
        }),
    }
}

/// The same, short enough for a table.
fn plain_interval(estimate: Estimate) -> Option<String> {
    interval(estimate).map(|told| match estimate.interval {
        Err(_) => word("no interval").to_owned(),
        Ok(_) => told,
    })
}

/// The interval of a reading, short enough for a table.
pub(in crate::report) fn plain_reading_interval(reading: Reading) -> Option<String> {
    plain_interval(estimate(reading))
}

/// A reading as an estimate; a lower bound with its number.
fn estimate(reading: Reading) -> Estimate {
    match reading {
        Reading::Figure(figure) => figure,
        Reading::Time(..) => {
            Estimate { value: reading.number(), unit: Unit::Seconds, interval: reading.interval() }
        }
    }
}

/// Why there is no interval.
pub(super) fn why_none(doubt: Doubt) -> String {
    match doubt {
        Doubt::TooFew(count) => say!("no interval: {count} values", count = units::count(count)),
        Doubt::FewBatches(batches) => say!("no interval: the window holds {batches} request times", batches),
        Doubt::Computed => word("computed, not measured").into(),
        Doubt::Counted => word("counted in full").into(),
        Doubt::Dependent => word("no interval: times of one run depend on each other").into(),
        Doubt::CutOff => word("no interval: its upper end was cut off").into(),
        Doubt::Greatest => word("no interval: the greatest grows with the number").into(),
        Doubt::Inherited => word("no interval: one of its parts has none").into(),
        Doubt::Unsteady => word("no interval: the load changes over the span").into(),
        Doubt::SlowQueue => {
            word("no interval: the span is too short for how slowly the queue changes").into()
        }
        Doubt::FewSpells => word("no interval: the rarer outcome came in a few spells").into(),
        Doubt::NotKept => word("no interval: the record does not say when it happened").into(),
        Doubt::Mixed => {
            word("no interval: holds of a request differ, and not all requests have all of them").into()
        }
    }
}

/// An uncertainty is itself uncertain, so two digits are enough.
fn two(share: f64) -> f64 {
    let places = 10_f64.powi(1 - share.log10().floor() as i32);
    (share * places).round() / places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::{Interval, Method};

    fn around(value: f64, half: f64) -> Estimate {
        let interval = Interval { low: value - half, high: value + half, method: Method::Mean(10) };
        Estimate { value, unit: Unit::Seconds, interval: Ok(interval) }
    }

    #[test]
    fn intervals_are_told_in_two_digits() {
        let told = |estimate| interval(estimate).unwrap();
        assert_eq!(told(Estimate::share(3600, 3600).unwrap()), "99.89–100 %");
        assert_eq!(told(around(3.6, 0.001)), "± < 0.1 %");
        assert_eq!(told(around(3.6, 0.0444)), "± 1.2 %");
        assert_eq!(told(around(1.0, 2.0)), "at most 3 s");
        let coarse = Estimate { value: 2.0, unit: Unit::PerSecond, interval: Err(Doubt::FewBatches(2)) };
        assert_eq!(told(coarse), "no interval: the window holds 2 request times");
        assert_eq!(interval(Estimate::computed(2.0, Unit::Factor)), None);
    }

    #[test]
    fn a_range_is_one_number_where_both_print_alike() {
        let of = |least, greatest, unit| range(Range { least, greatest, unit });
        assert_eq!(of(0.0219, 0.0221, Unit::Share), "2.19 % to 2.21 %");
        assert_eq!(of(163.8, 164.2, Unit::Factor), "164 ×");
    }
}
