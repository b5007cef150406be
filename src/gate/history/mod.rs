//! HISTORY: the figures of many runs in the order of time, and where they changed.

mod divisive;

pub use divisive::{Change, changes};

use super::compare::ComparedMetric;
use super::compare::metrics;
use super::judge::{Difference, differences};
use super::sheet::{Bound, Ended, Sheet};
use crate::analyse::{Act, Bears, Condition, Place, Subject};
use crate::metric::Metric;

/// Runs that can be compared with each other, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Name of the scenario.
    pub scenario: String,
    /// The runs.
    pub runs: Vec<Sheet>,
    /// Each metric of each lane.
    pub trends: Vec<Trend>,
}

/// A metric of a lane over all runs of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// The lane.
    pub subject: Subject,
    /// The metric.
    pub metric: Metric,
    /// Its number in each run, at the clock of the run; none where it is missing or a lower bound.
    pub values: Vec<Option<f64>>,
    /// Its changes; places are those of the runs.
    pub changes: Vec<Change>,
}

/// The chance of a false change in all trends of a course together.
const CHANCE: f64 = 0.05;
/// Older runs are left out.
const MOST_RUNS: usize = 200;

/// Sorts runs into courses: of one scenario, under conditions that all figures need alike. Runs that did not come to
/// their end are left out, and a run that is there twice counts once.
#[must_use]
pub fn courses(mut sheets: Vec<Sheet>, seed: u64) -> Vec<Course> {
    sheets.retain(|sheet| sheet.ended == Ended::Complete);
    sheets.sort_by(|a, b| (&a.created, &a.name).cmp(&(&b.created, &b.name)));
    let mut courses: Vec<(Vec<Condition>, Vec<Sheet>)> = Vec::new();
    for sheet in sheets {
        let kept = weighty(&sheet);
        let same = courses.iter_mut().find(|(conditions, runs)| {
            *conditions == kept && runs.first().is_some_and(|first| first.scenario == sheet.scenario)
        });
        match same {
            Some((_, runs)) if runs.iter().any(|run| is_the_same(run, &sheet)) => {}
            Some((_, runs)) => runs.push(sheet),
            None => courses.push((kept, vec![sheet])),
        }
    }
    courses.into_iter().map(|(_, runs)| course(runs, seed)).collect()
}

/// A record and the baseline that was saved of it.
fn is_the_same(run: &Sheet, other: &Sheet) -> bool {
    run.created == other.created && run.lines.len() == other.lines.len()
}

fn weighty(sheet: &Sheet) -> Vec<Condition> {
    sheet.conditions.iter().filter(|condition| condition.kind.bears() == Bears::OnAll).cloned().collect()
}

fn course(mut runs: Vec<Sheet>, seed: u64) -> Course {
    let older = runs.len().saturating_sub(MOST_RUNS);
    runs.drain(..older);
    let mut trends: Vec<Trend> = Vec::new();
    for subject in lanes(&runs) {
        trends.extend(metrics().filter_map(|compared| trend(&runs, &subject, compared)));
    }
    let chance = CHANCE / trends.len().max(1) as f64;
    for trend in &mut trends {
        trend.changes = found(&trend.values, chance, seed);
    }
    let scenario = runs.first().map_or_else(String::new, |run| run.scenario.clone());
    Course { scenario, runs, trends }
}

/// The lanes of the open loop, in the order in which the runs have them.
fn lanes(runs: &[Sheet]) -> Vec<Subject> {
    let mut lanes: Vec<Subject> = Vec::new();
    let lines = runs.iter().flat_map(|run| &run.lines);
    for line in lines.filter(|line| line.metric == Metric::ServedShare) {
        let is_open = matches!(line.subject, Subject::Lane(Place { act: Act::SideBySide, .. }));
        if is_open && !lanes.contains(&line.subject) {
            lanes.push(line.subject.clone());
        }
    }
    lanes
}

/// Nothing of a metric that no run has.
fn trend(runs: &[Sheet], subject: &Subject, compared: &ComparedMetric) -> Option<Trend> {
    let metric = compared.metric;
    let value = |run: &Sheet| {
        let number = run.line(metric, subject)?.measured?;
        (number.bound == Bound::Exact).then_some(number.value)
    };
    let values: Vec<Option<f64>> = runs.iter().map(value).collect();
    let known = values.iter().any(Option::is_some);
    known.then(|| Trend { subject: subject.clone(), metric, values, changes: Vec::new() })
}

/// Changes of the values that are there, at the places of their runs.
fn found(values: &[Option<f64>], chance: f64, seed: u64) -> Vec<Change> {
    let places: Vec<usize> = (0..values.len()).filter(|at| values[*at].is_some()).collect();
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let placed = |change: Change| Change {
        at: places[change.at],
        between: (places[change.between.0], places[change.between.1]),
        ..change
    };
    changes(&known, chance, seed).into_iter().map(placed).collect()
}

impl Course {
    /// What else is not as in the run before this one: a change may come from there.
    #[must_use]
    pub fn differences(&self, at: usize) -> Vec<Difference> {
        match (at.checked_sub(1).and_then(|before| self.runs.get(before)), self.runs.get(at)) {
            (Some(before), Some(run)) => differences(run, before),
            _ => Vec::new(),
        }
    }
}
