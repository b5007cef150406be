//! All that is asked of runs, and one verdict.

use super::sheet::{Ended, Line, Number, Sheet};
use super::structure::{Change, Rule, STRUCTURE, for_overhead};
use super::{objectives, paired};
use crate::analyse::{Bears, ClaimVerdict, Condition, ConditionKind, Subject};
use crate::metric::Metric;
use crate::scenario::Objective;

/// What became of one thing that was asked. The worst one is the verdict of the whole: a breach before a
/// regression before what cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is so.
    Pass,
    /// Nobody asked, or nothing hangs on it: it is only said.
    Noted,
    /// It is better than the baseline.
    Better,
    /// It cannot be told, and so it is no pass.
    Inconclusive,
    /// It is worse than the baseline.
    Regression,
    /// An objective is not kept, a claim is false, or requests failed unasked.
    Breach,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Asks {
    /// That the run came to its end.
    Ended,
    /// That no request failed but as the scenario asks.
    Failures,
    /// That no claim is false.
    Claims,
    /// That an objective is kept.
    Objective(Objective),
    /// That there is a baseline.
    Baseline,
    /// That the conditions are those of the baseline.
    Conditions,
    /// That a structural metric is as in the baseline.
    Structure(Rule),
    /// That runs and baselines can be taken in pairs.
    Pairs,
    /// That a metric that carries noise got no worse, by pairs of runs.
    Times {
        /// Which.
        metric: Metric,
        /// How its pairs are judged.
        rule: paired::Rule,
    },
    /// That there is anything to judge by.
    Anything,
}

/// Why something cannot be told, or is only noted.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// The run has no such figure.
    NoFigure,
    /// The run was of a service of which only the answers are seen, and this is not seen of it.
    NotVisible,
    /// The scenario has no such claim.
    NoClaim,
    /// The run cannot tell the claim.
    Untold,
    /// The number is known only as a lower bound.
    LowerBound,
    /// The interval of the number reaches over the limit.
    Straddles,
    /// So much of it may be handing out connections and our own lateness, which do not scale, that the limit may
    /// be kept.
    Overhead,
    /// Holds got longer by as much overhead as the number rose by: replies waited for a process that was late.
    LateReplies,
    /// Some connections could not be read.
    SeenInPart,
    /// The run did not come to its end.
    Cut,
    /// The record contradicts itself: it was damaged, or edited by hand.
    Contradictory,
    /// There is no baseline, and what was found instead.
    NoBaseline(String),
    /// The baseline is of other conditions.
    Incomparable,
    /// The baseline has the figure, and the run has not.
    Gone,
    /// The run has the figure, and the baseline has not.
    NotInBaseline,
    /// No figure of the baseline could be compared.
    Hollow,
    /// Conditions differ that this figure needs alike.
    OtherConditions,
    /// Of so few or so many pairs of runs no verdict is planned.
    TooFewPairs {
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A run is among them more than once.
    SameRun,
    /// The pairs show neither that it got worse nor that it did not.
    Undecided,
    /// Neither a baseline nor an objective nor a claim.
    Nothing,
}

/// One thing that was asked, and its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What was asked.
    pub asks: Asks,
    /// Of which lane or pair; none of the run as a whole.
    pub subject: Option<Subject>,
    /// Of which claim.
    pub claim: Option<String>,
    /// The number of the run.
    pub now: Option<Number>,
    /// The number of the baseline.
    pub before: Option<Number>,
    /// The change that pairs of runs show, as their rule has it: a factor or a difference, with its interval.
    pub change: Option<Number>,
    /// Which conditions differ.
    pub differences: Vec<Difference>,
    /// The answer.
    pub verdict: Verdict,
    /// Why it is no other.
    pub why: Option<Why>,
}

/// A condition that is another than in the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub kind: ConditionKind,
    /// In the baseline.
    pub before: String,
    /// In the run.
    pub now: String,
}

impl Check {
    pub(super) fn of(asks: Asks, verdict: Verdict) -> Self {
        let differences = Vec::new();
        let (now, before, change) = (None, None, None);
        Self { asks, subject: None, claim: None, now, before, change, differences, verdict, why: None }
    }
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What the run is called.
    pub run: String,
    /// Name of its scenario.
    pub scenario: String,
    /// What the baseline is called.
    pub baseline: Option<String>,
    /// All that was asked of it.
    pub checks: Vec<Check>,
}

impl Judgement {
    /// The worst answer; a note is no answer.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let worst = self.checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Inconclusive);
        match worst {
            Verdict::Noted | Verdict::Better => Verdict::Pass,
            worst => worst,
        }
    }
}

/// What a run is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// Nobody asked for a comparison.
    Nothing,
    /// There is none, for this reason.
    Missing(&'a str),
    /// This one.
    Sheet(&'a Sheet),
}

/// Asks everything of a run.
#[must_use]
pub fn judge(run: &Sheet, objectives: &[Objective], against: Against<'_>) -> Judgement {
    let mut checks = vec![ended(run)];
    checks.extend(failures(run));
    checks.extend(claims(run));
    checks.extend(objectives.iter().flat_map(|objective| objectives::checks(objective, run)));
    let baseline = match against {
        Against::Nothing => {
            if objectives.is_empty() && run.claims.is_empty() {
                checks.push(inconclusive(Asks::Anything, Why::Nothing));
            }
            None
        }
        Against::Missing(why) => {
            checks.push(inconclusive(Asks::Baseline, Why::NoBaseline(why.to_owned())));
            None
        }
        Against::Sheet(baseline) => {
            compare(run, baseline, &mut checks);
            Some(baseline.name.clone())
        }
    };
    Judgement { run: run.name.clone(), scenario: run.scenario.clone(), baseline, checks }
}

fn inconclusive(asks: Asks, why: Why) -> Check {
    Check { why: Some(why), ..Check::of(asks, Verdict::Inconclusive) }
}

fn ended(run: &Sheet) -> Check {
    match run.ended {
        Ended::Complete => Check::of(Asks::Ended, Verdict::Pass),
        Ended::Cut => inconclusive(Asks::Ended, Why::Cut),
        Ended::Contradictory => inconclusive(Asks::Ended, Why::Contradictory),
    }
}

/// One check a lane. A run of which no lane says anything about failures is no pass.
fn failures(run: &Sheet) -> Vec<Check> {
    let lines = run.lines.iter().filter(|line| line.metric == Metric::UnaskedCount);
    let checks: Vec<Check> = lines.map(|line| lane(line, run.ended)).collect();
    if checks.is_empty() { vec![inconclusive(Asks::Failures, Why::NoFigure)] } else { checks }
}

/// In a run that was cut off, requests fail since it was.
fn lane(line: &Line, ended: Ended) -> Check {
    let failed = line.measured.map(|number| number.value);
    let (verdict, why) = match (failed, ended) {
        (Some(0.0), _) => (Verdict::Pass, None),
        (Some(_), Ended::Complete) => (Verdict::Breach, None),
        (Some(_), Ended::Cut | Ended::Contradictory) => (Verdict::Inconclusive, Some(Why::Cut)),
        (None, _) => (Verdict::Inconclusive, Some(Why::NoFigure)),
    };
    let subject = Some(line.subject.clone());
    Check { subject, now: line.measured, why, ..Check::of(Asks::Failures, verdict) }
}

/// A claim that is false is a breach whether or not an objective asks for it; one that cannot be told is said.
fn claims(run: &Sheet) -> impl Iterator<Item = Check> {
    run.claims.iter().map(|claim| {
        let (verdict, why) = match claim.verdict {
            ClaimVerdict::Fails => (Verdict::Breach, None),
            ClaimVerdict::NotMeasured => (Verdict::Noted, Some(Why::Untold)),
            ClaimVerdict::Holds | ClaimVerdict::Nearly | ClaimVerdict::Qualified => (Verdict::Pass, None),
        };
        Check { claim: Some(claim.id.clone()), why, ..Check::of(Asks::Claims, verdict) }
    })
}

fn compare(run: &Sheet, baseline: &Sheet, checks: &mut Vec<Check>) {
    let differences = differences(run, baseline);
    let breaks = |bears| differences.iter().any(|difference| difference.kind.bears() == bears);
    let (all, times) = (breaks(Bears::OnAll), breaks(Bears::OnTimes));
    let (verdict, why) = match (all, baseline.ended) {
        (true, _) => (Verdict::Inconclusive, Some(Why::Incomparable)),
        (_, Ended::Cut | Ended::Contradictory) => (Verdict::Inconclusive, Some(Why::Cut)),
        (false, Ended::Complete) if times => (Verdict::Noted, None),
        (false, Ended::Complete) => (Verdict::Pass, None),
    };
    checks.push(Check { differences, why, ..Check::of(Asks::Conditions, verdict) });
    if verdict == Verdict::Inconclusive {
        return;
    }
    let asked = checks.len();
    for rule in STRUCTURE {
        let comparable = rule.needs == Bears::OnAll || !times;
        let of = |sheet: &Sheet| -> Vec<Subject> {
            let lines = sheet.lines.iter().filter(|line| line.metric == rule.metric);
            lines.map(|line| line.subject.clone()).collect()
        };
        let before = of(baseline);
        let new = of(run).into_iter().filter(|subject| !before.contains(subject)).collect::<Vec<_>>();
        let subjects = before.iter().chain(&new);
        checks.extend(
            subjects.map(|subject| structure(rule, subject, (run, baseline), comparable.then_some(()))),
        );
    }
    // A baseline of which nothing could be compared is none, however alike its conditions are.
    if checks[asked..].iter().all(|check| check.verdict == Verdict::Noted) {
        checks.push(inconclusive(Asks::Baseline, Why::Hollow));
    }
}

fn structure(
    rule: Rule,
    subject: &Subject,
    (run, baseline): (&Sheet, &Sheet),
    comparable: Option<()>,
) -> Check {
    let number = |sheet: &Sheet| sheet.line(rule.metric, subject).and_then(|line| line.measured);
    let (now, before) = (number(run), number(baseline));
    let (verdict, why) = match (now, before) {
        (None, _) => (Verdict::Inconclusive, Some(Why::Gone)),
        (Some(_), None) => (Verdict::Noted, Some(Why::NotInBaseline)),
        (Some(_), Some(_)) if comparable.is_none() => (Verdict::Noted, Some(Why::OtherConditions)),
        (Some(now), Some(before)) => match rule.change(before.value, now.value) {
            Change::Alike => (Verdict::Pass, None),
            Change::Better => (Verdict::Better, None),
            Change::Worse => {
                let late = for_overhead(rule.metric, subject, run, baseline);
                match (Rule { within: rule.within + late, ..rule }).change(before.value, now.value) {
                    Change::Worse => (Verdict::Regression, None),
                    Change::Alike | Change::Better => (Verdict::Noted, Some(Why::LateReplies)),
                }
            }
        },
    };
    Check { subject: Some(subject.clone()), now, before, why, ..Check::of(Asks::Structure(rule), verdict) }
}

/// The conditions that are not alike; one that only one of the two knows is another.
pub(super) fn differences(run: &Sheet, baseline: &Sheet) -> Vec<Difference> {
    let value = |of: &[Condition], kind| of.iter().find(|it| it.kind == kind).map(|it| it.value.clone());
    let kinds = crate::analyse::CONDITIONS.into_iter();
    let differ = kinds.filter_map(|kind| {
        let (before, now) = (value(&baseline.conditions, kind), value(&run.conditions, kind));
        let told = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
        (before != now).then(|| Difference { kind, before: told(before), now: told(now) })
    });
    differ.collect()
}
