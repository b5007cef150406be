//! Why no formula speaks of a load, and what the twin played in its place.

use crate::analyse::{Departure, Length, Played, SizedBy, Unplayable};
use crate::report::lang::{heard, say, word};
use crate::scenario::WhenFull;
use crate::units;

/// The reasons, and what was played.
pub(in crate::report) fn no_formula(
    departures: &[Departure],
    played: &Result<Box<Played>, Unplayable>,
) -> String {
    let reasons = reasons(departures);
    match played {
        Err(Unplayable::TooMuch) => say!(
            "no formula speaks of this load ({reasons}), and it is more than the twin plays in an instant. Simulate.",
            reasons
        ),
        Err(Unplayable::Twin(why)) => {
            say!("no formula speaks of this load ({reasons}), and no twin: {why}.", reasons, why)
        }
        Ok(played) => {
            say!("no formula speaks of this load ({reasons}). {played}", reasons, played = run(played))
        }
    }
}

/// Why sizes are not those of a formula; nothing where they are.
pub(in crate::report) fn no_sizes(answer: &SizedBy) -> Option<String> {
    match answer {
        SizedBy::Formula(_) => None,
        SizedBy::Twin(departures, played) => {
            let shortened = shortened(played.length);
            Some(say!(
                "no formula is exact for this load ({departures}). The sizes are the twin's: {trials} pools were tried, each in up to {runs} runs with other seeds and a measured span of {measured}{shortened}.",
                departures = reasons(departures),
                trials = units::count(played.trials.into()),
                runs = units::count(played.runs.into()),
                measured = units::time(played.measured),
                shortened
            ))
        }
        SizedBy::Guide(formula, departures, why) => {
            let why = match why {
                Unplayable::TooMuch => word("it is more than the twin plays in an instant").to_owned(),
                Unplayable::Twin(why) => say!("no twin plays it: {why}", why),
            };
            Some(say!(
                "no formula is exact for this load ({departures}), and {why}. The sizes are those of {formula} and a guide only; simulate the one you take.",
                departures = reasons(departures),
                why,
                formula
            ))
        }
    }
}

fn shortened(length: Length) -> &'static str {
    match length {
        Length::Whole => "",
        Length::Shortened => word(", shorter than planned"),
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
        some => say!(" {some} of the runs deadlocked.", some = units::count(some.into())),
    };
    say!(
        "The figures are the twin's: {runs} runs with other seeds, {requests} requests in all, each a measured span of {measured} after a warm-up of {warm_up}{shortened}.{deadlocked}",
        runs = units::count(played.runs.into()),
        requests = units::count(played.requests),
        measured = units::time(played.measured),
        warm_up = units::time(played.warm_up),
        shortened,
        deadlocked
    )
}

fn departure(departure: &Departure) -> String {
    match departure {
        Departure::SeveralHolds(holds) => {
            say!("a request asks for {holds} holds, one after the other, and not at random", holds)
        }
        Departure::HeldTogether(most) => say!("a request holds up to {most} connections at once", most),
        Departure::ConstantArrivals => word("arrivals are constant, and no formula is for that here").into(),
        Departure::Bystanders(share) => {
            say!("bystanders take {share} of the pool besides", share = units::percent(*share))
        }
        Departure::Stages => word("the rate changes; the utilisation is that of the first rate").into(),
        Departure::Burst(requests) => {
            say!("{requests} requests are due at once", requests = units::count((*requests).into()))
        }
        Departure::InFlightCap(most, when_full) => {
            let becomes = match when_full {
                WhenFull::Shed => word("shed"),
                WhenFull::Queue => word("held back, and wait before they ask"),
            };
            say!(
                "over {most} in flight, requests are {becomes}",
                most = units::count((*most).into()),
                becomes
            )
        }
        Departure::Failures => word("fail-share lets requests fail, which then hold for another time").into(),
        Departure::Computing(share) => say!(
            "steps compute and keep {share} of the processors busy, and no formula has a line before them",
            share = units::percent(*share)
        ),
        Departure::Routing(routing) => {
            say!("{routing} routing leaves no pool random arrivals", routing = word(routing.word()))
        }
        Departure::Approximate(formula) => say!("{formula} is an approximation", formula),
        Departure::Guide(formula, doubt) => {
            say!("{formula} is a guide only: {doubt}", formula, doubt = heard(&doubt.to_string()))
        }
    }
}
