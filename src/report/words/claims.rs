//! What became of a claim, and where its numbers are not those that were expected.

use crate::report::lang::{say, word};
use std::time::Duration;

use super::{cause, range, unsound};
use crate::analyse::{
    Agreement, Answers, Because, Blocked, ClaimResult, ClaimVerdict, Estimate, Finding, Ground, Known,
    Nearness, ProofVerdict, Range, Reading, Source, Unit, WaitNearness,
};
use crate::units::{self, TimeScale};

/// The verdict and its reason.
pub(in crate::report) fn claim(claim: &ClaimResult) -> String {
    match &claim.because {
        Because::OneScope => word("not measured: it takes two session scopes to compare").into(),
        Because::NotVisible => word("not measured: not visible from outside the service").into(),
        Because::NoHoldSeen => {
            word("not measured: no hold of both session scopes was seen to its end").into()
        }
        Because::NoCapacity => {
            word("not measured: the capacity act did not run with both session scopes").into()
        }
        Because::NobodyAsked => word("not measured: no request asked for a connection").into(),
        Because::NoBystanders => word("not measured: the scenario has no [bystander]").into(),
        Because::NotSaturated { pool, scope, utilisation } => say!(
            "not measured: {scope} on {pool} kept the pool only {utilisation} in use; give the closed loop more callers",
            scope,
            pool,
            utilisation
        ),
        Because::Unsound(why) => say!("cannot be told: {why}", why = unsound(why)),
        other => measured(claim.verdict, other),
    }
}

fn measured(verdict: ClaimVerdict, because: &Because) -> String {
    match because {
        Because::HoldTooShort { pool, scope, measured, planned } => say!(
            "does not hold: on {pool} {scope} held a connection for {measured} on average, where its steps take {planned}; this is not a run of this plan, or times were not taken rightly",
            pool,
            scope,
            measured = units::time(*measured),
            planned = units::time(*planned)
        ),
        Because::Open(shown) => say!(
            "cannot be told: measured {shown}, and its uncertainty takes in what was claimed",
            shown = range(*shown)
        ),
        Because::CutOff { pool, scope, count } => say!(
            "cannot be told: {count} holds of {scope} on {pool} were cut off before their end, the long ones first",
            count = units::count(*count),
            scope,
            pool
        ),
        Because::GaveUpBetween { pool, scope } => say!(
            "cannot be told: on {pool} requests of {scope} gave up between their holds, so the mean hold is not the plan's",
            pool,
            scope
        ),
        Because::MuchOverhead { pool, scope, share } => say!(
            "cannot be told at this time scale: overhead of {scope} on {pool} is {share} of a hold; take a larger --time-scale",
            scope,
            pool,
            share = units::percent(*share)
        ),
        Because::Answered { near, measured } => match near {
            Nearness::Off => say!(
                "cannot be told: measured {measured}, and whether the services were saturated is not visible",
                measured = range(*measured)
            ),
            near => say!("{near}: measured {measured}", near = holds(*near), measured = range(*measured)),
        },
        Because::Hold { near, planned, shown, ground } => {
            if verdict == ClaimVerdict::Fails {
                return fails(*near, planned, *shown);
            }
            format!("{}{}", holds(*near), extrapolated(*ground))
        }
        Because::Throughput { near, measured, nominal, ground, source, off } => {
            throughput(*near, (*measured, *nominal, *ground), (*source, off.as_ref()))
        }
        Because::Waste { near, left_out, planned, before, after, ground } => {
            let left = say!("; after, {after}", after = range(*after));
            match (verdict, left_out) {
                (ClaimVerdict::Fails, _) => format!("{}{left}", fails(*near, planned, *before)),
                (_, Some((name, time))) => say!(
                    "holds{ground} but for the step {name} ({time}), which the claim leaves out: with it, {planned}{left}",
                    ground = extrapolated(*ground),
                    name,
                    time = units::time(*time),
                    planned,
                    left
                ),
                (_, None) => format!("{}{}{left}", holds(*near), extrapolated(*ground)),
            }
        }
        Because::Wait { near, waited, longer_than, timeouts, before } => {
            wait(*near, (*waited, *longer_than), *timeouts, *before)
        }
        Because::Bystanders { near, blocked, before, after } => {
            bystanders(verdict, *near, *blocked, (before, after))
        }
        // What was not measured has its words above.
        _ => String::new(),
    }
}

/// `holds`, or `holds within 1 %`.
fn holds(near: Nearness) -> String {
    match near {
        Nearness::Within(percent) => say!("holds within {percent} %", percent),
        Nearness::Equal | Nearness::Off => word("holds").into(),
    }
}

/// What stands against a claim: the plan's own steps and the measurement, or the measurement alone.
fn fails(near: Nearness, planned: &Estimate, shown: Range) -> String {
    let (least, greatest) = (shown.least, shown.greatest);
    let as_planned = [least, greatest].iter().all(|it| (it / planned.value - 1.0).abs() <= 0.05);
    match near {
        Nearness::Off if as_planned => {
            say!(
                "does not hold: the scenario's own steps give {planned}, and so does the measurement",
                planned
            )
        }
        _ => {
            say!(
                "does not hold: measured {shown}, where the scenario's own steps give {planned}",
                shown = range(shown),
                planned
            )
        }
    }
}

/// Says that a number is not that of the clock of the run; the table's note says how it was come by.
fn extrapolated(ground: Ground) -> &'static str {
    match ground {
        Ground::Measured => "",
        Ground::Extrapolated { .. } => word(" at nominal times"),
    }
}

/// How the numbers at nominal times were come by, of all claims; nothing where they were measured.
pub(in crate::report) fn ground(claims: &[ClaimResult]) -> Option<String> {
    let grounds = claims.iter().filter_map(|claim| match claim.because {
        Because::Hold { ground, .. } | Because::Throughput { ground, .. } | Because::Waste { ground, .. } => {
            Some(ground)
        }
        _ => None,
    });
    let mut most: Option<(TimeScale, Option<f64>, Option<ProofVerdict>)> = None;
    for ground in grounds {
        let Ground::Extrapolated { scale, overhead, proof } = ground else { continue };
        let so_far = most.map_or(Some(0.0), |(_, so_far, _)| so_far);
        most = Some((scale, overhead.zip(so_far).map(|(one, other)| one.max(other)), proof));
    }
    let (scale, overhead, proof) = most?;
    let proof = match proof {
        Some(ProofVerdict::Agree) => word("; a second time scale agrees"),
        Some(ProofVerdict::Differ) => word("; a second time scale differs, see below"),
        Some(ProofVerdict::Unknown) => word("; a second time scale leaves it open"),
        None => word("; --prove-scale would look at a second time scale"),
    };
    let overhead = match overhead {
        Some(share) => say!("where overhead is up to {share} of a hold", share = units::percent(share)),
        None => word("with whatever overhead is in them: holds vary by plan, so it cannot be told apart")
            .to_owned(),
    };
    Some(say!(
        "Numbers of holds at nominal times are extrapolated from {scale}, {overhead}{proof}.",
        scale,
        overhead,
        proof
    ))
}

fn throughput(
    near: Nearness,
    (measured, nominal, ground): (Range, Option<Range>, Ground),
    (source, off): (Source, Option<&(String, f64)>),
) -> String {
    let shown = range(measured);
    if let Some((pool, expected)) = off {
        let expected = Unit::Factor.text(*expected);
        return say!(
            "does not hold on {pool}: measured {shown}, where the holds let expect {expected}",
            pool,
            shown,
            expected
        );
    }
    let Some(nominal) = nominal else {
        return match near {
            Nearness::Off => say!("does not hold: measured {shown}, as the holds let expect", shown),
            near => say!("{near}: measured {shown}", near = holds(near), shown),
        };
    };
    let source = match source {
        Source::ConnectionTime => word("from connection time"),
        Source::Counted => word("counted"),
    };
    let measured = say!("as driven {shown} ({source}), as the holds there let expect", shown, source);
    match near {
        Nearness::Off => {
            say!(
                "does not hold: at nominal times the holds give {nominal}; {measured}",
                nominal = range(nominal),
                measured
            )
        }
        near => format!("{}{}; {measured}", holds(near), extrapolated(ground)),
    }
}

/// How near a claimed wait is, before its facts.
fn of_wait(near: WaitNearness) -> &'static str {
    match near {
        WaitNearness::Same => word("holds"),
        WaitNearness::Near => word("holds within 25 %, as well as p99 of one run is known"),
        WaitNearness::Untellable => word(
            "cannot be told at this time scale, since handing out a connection or our own lateness takes as long, or waits were cut off",
        ),
        WaitNearness::Another => word("does not hold"),
    }
}

fn wait(
    near: WaitNearness,
    (waited, longer_than): (Range, Duration),
    timeouts: u64,
    before: Option<Range>,
) -> String {
    let timed_out = match timeouts {
        0 => word("none timed out").into(),
        1 => word("1 timed out").into(),
        many => say!("{many} timed out", many = units::count(many)),
    };
    let before =
        before.map(|share| say!("; before, {share} timed out", share = range(share))).unwrap_or_default();
    say!(
        "{near}: {waited} waited longer than {longer_than} until a connection was free, {timed_out}{before}",
        near = of_wait(near),
        waited = range(waited),
        longer_than = units::time(longer_than),
        timed_out,
        before
    )
}

fn bystanders(
    verdict: ClaimVerdict,
    near: WaitNearness,
    blocked: Blocked,
    (before, after): (&Answers, &Answers),
) -> String {
    let told = match (verdict, blocked) {
        (ClaimVerdict::Fails, _) => of_wait(WaitNearness::Another),
        (_, Blocked::No) => word("not shown: they were not blocked before either"),
        _ => of_wait(near),
    };
    say!(
        "{told}: before, {unanswered} got no answer (p50 {response}); after, {unanswered2} (p99 {response2})",
        told,
        unanswered = range(before.unanswered),
        response = times(before.response),
        unanswered2 = range(after.unanswered),
        response2 = times(after.response)
    )
}

fn times((least, greatest): (Known, Known)) -> String {
    let (low, high) = (least.to_string(), greatest.to_string());
    if low == high { low } else { say!("{low} to {high}", low, high) }
}

/// Where run, twin and theory differ beyond their uncertainty, with the likely cause.
pub(in crate::report) fn remarks(claim: &ClaimResult) -> Vec<String> {
    claim.findings.iter().flat_map(|finding| of_finding(finding, claim.theory)).collect()
}

fn of_finding(finding: &Finding, theory: Option<Reading>) -> impl Iterator<Item = String> {
    let Finding { pool, nominal, twin, .. } = finding;
    let twin_differs = match (twin, finding.agreement) {
        (Some(twin), Agreement::Differs(why)) => {
            let at_most = if finding.is_bound() { word("at most ") } else { "" };
            let why = cause(why);
            Some(say!(
                "{pool}: the twin expects {twin} where it came to {at_most}{nominal}; likely cause: {why}",
                pool,
                twin,
                at_most,
                nominal,
                why
            ))
        }
        _ => None,
    };
    let theory_differs = theory.zip(finding.theory_apart).map(|(theory, why)| {
        let shown = match twin {
            Some(twin @ Reading::Time(..)) => say!("the twin shows {twin}", twin),
            _ => say!("it came to {nominal}", nominal),
        };
        say!(
            "{pool}: theory expects {theory} where {shown}; likely cause: {why}",
            pool,
            theory,
            shown,
            why = cause(why)
        )
    });
    [twin_differs, theory_differs].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;

    #[test]
    fn every_claim_of_the_seed_has_a_verdict() {
        let lines: Vec<String> = summarise(&record())
            .claims
            .iter()
            .map(|told| {
                let theory = told.theory.map_or("–".into(), |it| it.to_string());
                let finding = &told.findings[0];
                let twin = finding.twin.map_or("–".into(), |it| it.to_string());
                format!(
                    "{} {} | {theory} | {twin} | {} [{}] | {:?}: {}",
                    told.id,
                    told.claimed,
                    finding.measured,
                    finding.nominal,
                    told.verdict,
                    claim(told)
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        C1 99.4 % | 99.44 % | 99.44 % | 99.41 % [99.44 %] | Holds: holds at nominal times
        C2 180 × | 180 × | 180 × | 170 × [180 ×] | Holds: holds at nominal times
        C3 3,600 | 3,600 | 3,596 | 3,403 [3,596] | Nearly: holds within 1 % at nominal times
        C4 180 × | 180 × | 180 × | 167 × [180 ×] | Holds: holds at nominal times; as driven 167 × to 171 × (from connection time), as the holds there let expect
        C5 1,770 s | 1,790 s | 1,790 s | 35.8 s [1,790 s] | Qualified: holds at nominal times but for the step other (2 s), which the claim leaves out: with it, 1,790 s; after, 20 µs
        C6 0 s | 0 s | 0 s | 464 µs [23.2 ms] | Holds: holds: 0 % waited longer than 50 ms until a connection was free, none timed out; before, 97.8 % timed out
        C7 0 s | 0 s | 0 s | 464 µs [23.2 ms] | Holds: holds: before, 98.3 % to 98.5 % got no answer (p50 > 30.1 s); after, 0 % (p99 22.5 ms to 48.8 ms)
        "#);
    }

    #[test]
    fn what_differs_is_remarked_with_its_cause() {
        let mut record = record();
        // As if sqlx had made everybody wait 30 ms for a connection.
        let mut waits = crate::record::Durations::default();
        waits.seen.note_n(30_000_000, 3_000);
        record.side_by_side[1].tape.measured.acquire_wait = waits;
        let remarked = remarks(&summarise(&record).claims[5]);
        insta::assert_snapshot!(remarked.join("\n"), @"sqlx: the twin expects 0 s where it came to at most 1.5 s; likely cause: none is known; look for one");
        for lane in &mut record.side_by_side {
            let ledger = &mut lane.tape.measured.ledger;
            ledger.work_failed += std::mem::take(&mut ledger.completed);
        }
        insta::assert_snapshot!(claim(&summarise(&record).claims[0]), @"cannot be told: 2.25 % of the requests of request scope on sqlx failed");
    }
}
