//! Why no formula speaks of a load, and what the twin played in its place.

use crate::analyse::{Departure, Length, Played, SizedBy, Unplayable};
use crate::scenario::WhenFull;
use crate::units;

/// The reasons, and what was played.
pub(in crate::report) fn no_formula(
    departures: &[Departure],
    played: &Result<Box<Played>, Unplayable>,
) -> String {
    let reasons = reasons(departures);
    match played {
        Err(Unplayable::TooMuch) => format!(
            "no formula speaks of this load ({reasons}), and it is more than the twin plays in an instant. \
             Simulate."
        ),
        Err(Unplayable::Twin(why)) => {
            format!("no formula speaks of this load ({reasons}), and no twin: {why}.")
        }
        Ok(played) => format!("no formula speaks of this load ({reasons}). {}", run(played)),
    }
}

/// Why sizes are not those of a formula; nothing where they are.
pub(in crate::report) fn no_sizes(answer: &SizedBy) -> Option<String> {
    match answer {
        SizedBy::Formula(_) => None,
        SizedBy::Twin(departures, played) => {
            let shortened = shortened(played.length);
            Some(format!(
                "no formula is exact for this load ({}). The sizes are the twin's: {} pools were tried, each in up to \
                 {} runs with other seeds and a measured span of {}{shortened}.",
                reasons(departures),
                units::count(played.trials.into()),
                units::count(played.runs.into()),
                units::time(played.measured),
            ))
        }
        SizedBy::Guide(formula, departures, why) => {
            let why = match why {
                Unplayable::TooMuch => "it is more than the twin plays in an instant".to_owned(),
                Unplayable::Twin(why) => format!("no twin plays it: {why}"),
            };
            Some(format!(
                "no formula is exact for this load ({}), and {why}. The sizes are those of {formula} and a guide \
                 only; simulate the one you take.",
                reasons(departures)
            ))
        }
    }
}

fn shortened(length: Length) -> &'static str {
    match length {
        Length::Whole => "",
        Length::Shortened => ", shorter than planned",
    }
}

/// In what a load differs from what the formulas take for granted, without a stop.
pub(in crate::report) fn reasons(departures: &[Departure]) -> String {
    departures.iter().map(departure).collect::<Vec<_>>().join("; ")
}

fn run(played: &Played) -> String {
    let shortened = shortened(played.length);
    let deadlocked = match played.deadlocked {
        0 => String::new(),
        some => format!(" {} of the runs deadlocked.", units::count(some.into())),
    };
    format!(
        "The figures are the twin's: {} runs with other seeds, {} requests in all, each a measured span of {} \
         after a warm-up of {}{shortened}.{deadlocked}",
        units::count(played.runs.into()),
        units::count(played.requests),
        units::time(played.measured),
        units::time(played.warm_up),
    )
}

fn departure(departure: &Departure) -> String {
    match departure {
        Departure::SeveralHolds(holds) => {
            format!("a request asks for {holds} holds, one after the other, and not at random")
        }
        Departure::HeldTogether(most) => format!("a request holds up to {most} connections at once"),
        Departure::ConstantArrivals => "arrivals are constant, and no formula is for that here".into(),
        Departure::Bystanders(share) => {
            format!("bystanders take {} of the pool besides", units::percent(*share))
        }
        Departure::Stages => "the rate changes; the utilisation is that of the first rate".into(),
        Departure::Burst(requests) => {
            format!("{} requests are due at once", units::count((*requests).into()))
        }
        Departure::InFlightCap(most, when_full) => {
            let becomes = match when_full {
                WhenFull::Shed => "shed",
                WhenFull::Queue => "held back, and wait before they ask",
            };
            format!("over {} in flight, requests are {becomes}", units::count((*most).into()))
        }
        Departure::Failures => "fail-share lets requests fail, which then hold for another time".into(),
        Departure::Computing(share) => format!(
            "steps compute and keep {} of the processors busy, and no formula has a line before them",
            units::percent(*share)
        ),
        Departure::Routing(routing) => format!("{} routing leaves no pool random arrivals", routing.word()),
        Departure::Approximate(formula) => format!("{formula} is an approximation"),
        Departure::Guide(formula, doubt) => format!("{formula} is a guide only: {doubt}"),
    }
}
