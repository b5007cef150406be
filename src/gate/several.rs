//! Several runs beside as many of a baseline: what carries noise is told by pairs of runs, where one run against
//! one tells nothing.

use super::compare::{Bystanders, Compared, LaneName, LanePair, Tolerances, add, trial_of_times};
use super::judge::{Asks, Check, Judgement, Verdict, Why, differences};
use super::paired::{self, Importance, Looks, Told};
use super::sheet::{Number, Sheet};
use crate::analyse::{Act, Place, Subject};
use crate::metric::Metric;

/// A number of runs and of baselines that are no pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{runs} runs and {baselines} baselines are no pairs; give one baseline, or one for each run")]
pub struct NoPairs {
    /// How many runs there are.
    pub runs: usize,
    /// How many baselines.
    pub baselines: usize,
}

/// Judges holds, throughput, timeouts and waits of runs beside those of baselines, the first beside the first and so
/// on. The chance of a false alarm is at most 1 in 100 for each metric; nothing of a single pair.
///
/// # Errors
/// When there are not as many of the one as of the other.
pub fn judge_pairs(runs: &[Sheet], baselines: &[Sheet]) -> Result<Option<Judgement>, NoPairs> {
    if runs.len() != baselines.len() {
        return Err(NoPairs { runs: runs.len(), baselines: baselines.len() });
    }
    let ([first, _, ..], [before, ..]) = (runs, baselines) else { return Ok(None) };
    let named = |sheets: &[Sheet]| format!("{} runs, from {} on", sheets.len(), sheets[0].name);
    Ok(Some(Judgement {
        run: named(runs),
        scenario: first.scenario.clone(),
        baseline: Some(named(baselines)),
        checks: checks(runs, baselines, &lanes(before)),
    }))
}

/// The lanes of the open loop, each beside itself.
fn lanes(sheet: &Sheet) -> Vec<LanePair> {
    let of_a_lane = sheet.lines.iter().filter(|line| line.metric == Metric::ServedShare);
    let names = of_a_lane.filter_map(|line| match &line.subject {
        Subject::Lane(Place { act: Act::SideBySide, pool, scope }) => {
            Some(LaneName { pool: pool.clone(), scope: *scope })
        }
        _ => None,
    });
    names.map(|name| LanePair { a: name.clone(), b: name }).collect()
}

fn checks(runs: &[Sheet], baselines: &[Sheet], lanes: &[LanePair]) -> Vec<Check> {
    let whole = Check::of(Asks::Pairs, Verdict::Inconclusive);
    let because = |why| vec![Check { why: Some(why), ..whole.clone() }];
    let differ = runs.iter().zip(baselines).flat_map(|(run, baseline)| differences(run, baseline));
    let mut differ: Vec<_> = differ.collect();
    if !differ.is_empty() {
        differ.dedup();
        return vec![Check { differences: differ, why: Some(Why::OtherConditions), ..whole }];
    }
    // One run told over and over is no more than one.
    let twice = |sheets: &[Sheet]| {
        (1..sheets.len()).any(|at| sheets[..at].iter().any(|other| other.lines == sheets[at].lines))
    };
    if twice(runs) || twice(baselines) {
        return because(Why::SameRun);
    }
    let Some(look) = Looks::up_to(runs.len()).ok().and_then(|looks| looks.iter().last()) else {
        return because(Why::TooFewPairs { least: Looks::FEWEST, most: Looks::MOST });
    };
    let of_others =
        |sheet: &Sheet| sheet.lines.iter().any(|line| line.metric == Metric::BystanderResponseP99);
    let all = runs.iter().chain(baselines).all(of_others);
    let others = if all { Bystanders::Some } else { Bystanders::None };
    let mut trial = trial_of_times(lanes.len(), others, &Tolerances::default());
    for (run, baseline) in runs.iter().zip(baselines) {
        add(&mut trial, lanes, (&baseline.lines, &run.lines));
    }
    // One look alone: it may spend all.
    let judged = trial.judge(paired::Look { alpha: Looks::WHOLE, ..look });
    let checks = judged.rows.iter().map(|row| check(row, lanes)).collect::<Vec<_>>();
    if checks.is_empty() { because(Why::NoFigure) } else { checks }
}

fn check(told: &Told<Compared>, lanes: &[LanePair]) -> Check {
    let (verdict, why) = match told.judged {
        Ok(judged) => match judged.verdict {
            paired::Verdict::Regression => (Verdict::Regression, None),
            paired::Verdict::Improvement => (Verdict::Better, None),
            paired::Verdict::Equivalent => (Verdict::Pass, None),
            paired::Verdict::Undecided => (open(told.importance), Some(Why::Undecided)),
        },
        Err(_) => (open(told.importance), Some(Why::NoFigure)),
    };
    let change = told.judged.ok().map(|judged| Number {
        interval: judged.interval.filter(|(low, high)| low.is_finite() && high.is_finite()),
        ..Number::exactly(judged.estimate)
    });
    let subject = lanes.get(told.key.lane).map(|lane| lane.b.subject());
    Check {
        subject,
        now: told.medians.map(|pair| Number::exactly(pair.b)),
        before: told.medians.map(|pair| Number::exactly(pair.a)),
        change,
        why,
        ..Check::of(Asks::Times { metric: told.key.metric.metric, rule: told.rule }, verdict)
    }
}

/// What has a test of its own has to be decided for a pass; the others may stay open.
fn open(importance: Importance) -> Verdict {
    match importance {
        Importance::Primary => Verdict::Inconclusive,
        Importance::Secondary => Verdict::Noted,
    }
}
