//! What became of a claim, and where its numbers are not those that were expected.

use super::{cause, range, unsound};
use crate::analyse::{
    Agreement, Answers, Because, ClaimResult, ClaimVerdict, Finding, Known, Nearness, Range, Reading,
    ScaledIsOff, Source, UNFELT, Unit,
};
use crate::units;

/// The verdict and its reason.
pub(in crate::report) fn claim(claim: &ClaimResult) -> String {
    match &claim.because {
        Because::OneScope => "not measured: it takes two session scopes to compare".into(),
        Because::NoHoldSeen => "not measured: no hold of both session scopes was seen to its end".into(),
        Because::NoCapacity => "not measured: the capacity act did not run with both session scopes".into(),
        Because::NobodyAsked => "not measured: no request asked for a connection".into(),
        Because::NoBystanders => "not measured: the scenario has no [bystander]".into(),
        Because::NotSaturated { pool, scope, utilisation } => format!(
            "not measured: {scope} on {pool} kept the pool only {utilisation} in use; give the closed loop more \
             callers"
        ),
        Because::Unsound(why) => format!("cannot be told: {}", unsound(why)),
        other => measured(claim.verdict, other),
    }
}

fn measured(verdict: ClaimVerdict, because: &Because) -> String {
    match because {
        Because::Hold { near, planned, shown, scaled_is_off } => {
            let told = told(verdict, *near, || {
                let given = format!("the scenario's own steps give {planned}, and so does the measurement");
                (given, format!("does not hold: measured {}", range(*shown)))
            });
            match (verdict, scaled_is_off) {
                (ClaimVerdict::Nearly, ScaledIsOff::Yes) => {
                    format!("{told} at nominal times, where overhead counts less")
                }
                _ => told,
            }
        }
        Because::Throughput { near, measured, nominal, source, off } => {
            throughput(verdict, *near, (*measured, *nominal), (*source, off.as_ref()))
        }
        Because::Waste { near, left_out, planned, before, after } => {
            let after = format!("; after, {}", range(*after));
            if verdict == ClaimVerdict::Fails {
                return format!("does not hold: measured {}", range(*before));
            }
            if left_out.is_empty() {
                let told = told(verdict, *near, || {
                    (
                        format!("the scenario's own steps give {planned}, and so does the measurement"),
                        String::new(),
                    )
                });
                return told + &after;
            }
            let steps = left_out.iter().map(|(name, time)| format!("{name} ({})", units::time(*time)));
            let steps = steps.collect::<Vec<_>>().join(" and ");
            format!("holds; the claim leaves out the step {steps}, with which it is {planned}{after}")
        }
        Because::Wait { waited, timeouts, before } => wait(verdict, *waited, *timeouts, *before),
        Because::Bystanders { before, after } => bystanders(verdict, before, after),
        // What was not measured has its words above.
        _ => String::new(),
    }
}

/// `holds`, `holds within 1 %`, or one of the other words: for a claim that the plan's own steps do not
/// give, and for one that does not hold.
fn told(verdict: ClaimVerdict, near: Nearness, others: impl FnOnce() -> (String, String)) -> String {
    match (verdict, near) {
        (ClaimVerdict::Fails, _) => others().1,
        (_, Nearness::Equal) => "holds".into(),
        (_, Nearness::Within(percent)) => format!("holds within {percent} %"),
        (_, Nearness::Off) => others().0,
    }
}

fn throughput(
    verdict: ClaimVerdict,
    near: Nearness,
    (measured, nominal): (Range, Option<Range>),
    (source, off): (Source, Option<&(String, f64)>),
) -> String {
    let shown = range(measured);
    if let Some((pool, expected)) = off {
        let expected = Unit::Factor.text(*expected);
        return format!("does not hold on {pool}: measured {shown}, where the holds let expect {expected}");
    }
    let Some(nominal) = nominal else {
        let told = told(verdict, near, || {
            ("not the number claimed, but as the holds let expect".into(), String::new())
        });
        return format!("{told}: measured {shown}");
    };
    let source = match source {
        Source::ConnectionTime => "from connection time",
        Source::Counted => "counted",
    };
    let told =
        told(verdict, near, || (format!("the scenario's own steps give {}", range(nominal)), String::new()));
    format!(
        "{told} at nominal times, computed from the holds; at the scaled clock {shown} ({source}), as the holds \
         there let expect"
    )
}

fn wait(verdict: ClaimVerdict, waited: Range, timeouts: u64, before: Option<Range>) -> String {
    let timed_out = match timeouts {
        0 => "none timed out".into(),
        1 => "1 timed out".into(),
        many => format!("{} timed out", units::count(many)),
    };
    let before = before.map(|share| format!("; before, {} timed out", range(share))).unwrap_or_default();
    let facts =
        format!("{} waited longer than 1 ms until a connection was free, {timed_out}{before}", range(waited));
    match verdict {
        ClaimVerdict::Holds => format!("holds: {facts}"),
        ClaimVerdict::Nearly => {
            format!("holds within {} of the request time: {facts}", units::percent(UNFELT))
        }
        _ => format!("does not hold: {facts}"),
    }
}

fn bystanders(verdict: ClaimVerdict, before: &Answers, after: &Answers) -> String {
    let facts = format!(
        "before, {} got no answer (p50 {}); after, {} (p99 {})",
        range(before.unanswered),
        times(before.response),
        range(after.unanswered),
        times(after.response),
    );
    match verdict {
        ClaimVerdict::Holds => format!("holds: {facts}"),
        ClaimVerdict::NotMeasured => format!("not shown: they were not blocked before either: {facts}"),
        _ => format!("does not hold: {facts}"),
    }
}

fn times((least, greatest): (Known, Known)) -> String {
    let (low, high) = (least.to_string(), greatest.to_string());
    if low == high { low } else { format!("{low} to {high}") }
}

/// Where run, twin and theory differ beyond their uncertainty, with the likely cause.
pub(in crate::report) fn remarks(claim: &ClaimResult) -> Vec<String> {
    claim.findings.iter().flat_map(|finding| of_finding(finding, claim.theory)).collect()
}

fn of_finding(finding: &Finding, theory: Option<Reading>) -> impl Iterator<Item = String> {
    let Finding { pool, nominal, twin, .. } = finding;
    let twin_differs = match (twin, finding.agreement) {
        (Some(twin), Agreement::Differs(why)) => {
            let at_most = if finding.is_bound() { "at most " } else { "" };
            let why = cause(why);
            Some(format!(
                "{pool}: the twin expects {twin} where it came to {at_most}{nominal}; likely cause: {why}"
            ))
        }
        _ => None,
    };
    let theory_differs = theory.zip(finding.theory_apart).map(|(theory, why)| {
        let shown = match twin {
            Some(twin @ Reading::Time(_)) => format!("the twin shows {twin}"),
            _ => format!("it came to {nominal}"),
        };
        format!("{pool}: theory expects {theory} where {shown}; likely cause: {}", cause(why))
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
        C1 99.4 % | 99.44 % | 99.44 % | 99.41 % [99.44 %] | Holds: holds
        C2 180 × | 180 × | 180 × | 170 × [180 ×] | Nearly: holds within 1 % at nominal times, where overhead counts less
        C3 3,600 | 3,600 | 3,596 | 3,403 [3,596] | Nearly: holds within 1 % at nominal times, where overhead counts less
        C4 180 × | 180 × | 180 × | 167 × [180 ×] | Nearly: holds within 1 % at nominal times, computed from the holds; at the scaled clock 167 × to 171 × (from connection time), as the holds there let expect
        C5 1,770 s | 1,790 s | 1,790 s | 35.8 s [1,790 s] | Qualified: holds; the claim leaves out the step other (2 s), with which it is 1,790 s; after, 20 µs
        C6 0 s | 0 s | 0 s | 464 µs [23.2 ms] | Holds: holds: 0 % waited longer than 1 ms until a connection was free, none timed out; before, 97.8 % timed out
        C7 0 s | 0 s | 478 µs | 977 µs [48.8 ms] | Holds: holds: before, 98.3 % to 98.5 % got no answer (p50 > 601 ms); after, 0 % (p99 450 µs to 977 µs)
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
