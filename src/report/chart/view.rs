//! What charts read from a record: lanes by pool, times in nominal seconds, words for the foot.

use crate::report::lang::{say, word};
use std::time::Duration;

use crate::analyse::{Figures, NominalTwin};
use crate::archive::{LaneTape, Run, Source, Status};
use crate::plan::Seen;
use crate::report::View;
use crate::units::{self, TimeScale};

/// The lanes of one pool in one act, before first.
#[derive(Debug, Clone)]
pub(super) struct PoolView<'a> {
    pub(super) record: &'a Run,
    pub(super) twin: &'a NominalTwin,
    pub(super) figures: &'a Figures,
    pub(super) pool: &'a str,
    pub(super) lanes: Vec<&'a LaneTape>,
    /// Ends the file stems of this pool's charts.
    pub(super) stem: String,
}

/// More than this many panels are no longer a comparison.
const MOST_LANES: usize = 4;

/// The lanes of the side-by-side act, by pool, in the order of the plan.
pub(super) fn by_pool<'a>(View { record, summary }: View<'a>) -> Vec<PoolView<'a>> {
    let mut views: Vec<PoolView<'_>> = Vec::new();
    for pool in names(&record.plan.pools, record.side_by_side.iter().map(|lane| lane.pool.as_str())) {
        let of_pool = || record.side_by_side.iter().filter(|lane| lane.pool == pool);
        let lanes =
            record.plan.scopes.iter().flat_map(|scope| of_pool().filter(move |lane| lane.scope == *scope));
        let lanes: Vec<_> = lanes.take(MOST_LANES).collect();
        if !lanes.is_empty() {
            let stem = stem(pool, &views);
            views.push(PoolView {
                record,
                twin: &summary.twin,
                figures: &summary.figures,
                pool,
                lanes,
                stem,
            });
        }
    }
    views
}

/// Names in the order of the plan, and then those that the plan does not have.
fn names<'a>(planned: &'a [String], found: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for name in planned.iter().map(String::as_str).chain(found) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A pool's name as part of a file name, and no two alike.
fn stem(pool: &str, others: &[PoolView<'_>]) -> String {
    let fit = |sign: char| if sign.is_ascii_alphanumeric() || sign == '_' { sign } else { '-' };
    let plain: String = pool.chars().take(40).map(fit).collect();
    let mut stem = plain.clone();
    let mut next = 2;
    while others.iter().any(|other| other.stem == stem) {
        stem = format!("{plain}-{next}");
        next += 1;
    }
    stem
}

/// Nominal seconds of a measured time.
pub(super) fn nominal(record: &Run, nanos: u64) -> f64 {
    nanos as f64 / 1e9 / record.plan.time_scale.factor()
}

/// Nominal seconds as text.
pub(super) fn seconds(seconds: f64) -> String {
    units::time(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// A measured time as text.
pub(super) fn measured(nanos: u64) -> String {
    units::time(Duration::from_nanos(nanos))
}

/// A share as a percentage with a whole number above ten: enough for a title.
pub(super) fn share(part: f64, whole: f64) -> String {
    let share = part / whole;
    if !share.is_finite() {
        return "0 %".into();
    }
    units::percent(share)
}

/// The measured span in nominal seconds, from the start of the act.
pub(super) fn window(record: &Run, lane: &LaneTape) -> (f64, f64) {
    let to = lane.tape.window.to.max(lane.tape.window.from);
    (nominal(record, lane.tape.window.from), nominal(record, to))
}

/// How the times of a chart relate to the clock.
pub(super) fn time_words(record: &Run) -> String {
    let scale = record.plan.time_scale;
    if record.source == Source::Simulated {
        word("simulated in nominal time").into()
    } else if scale == TimeScale::NOMINAL {
        word("nominal time, driven as it is").into()
    } else {
        say!("nominal time, driven at {scale}", scale)
    }
}

/// The same as a sentence.
pub(super) fn time_sentence(record: &Run) -> String {
    let scale = record.plan.time_scale;
    if record.source == Source::Simulated {
        word("Simulated: times are nominal, and no server was there.").into()
    } else if scale == TimeScale::NOMINAL {
        word("Times are nominal, and were driven as they are.").into()
    } else {
        say!("Times and rates are nominal; they were driven at {scale}.", scale)
    }
}

/// The line at the foot of every chart.
pub(super) fn caption(record: &Run) -> String {
    let plan = &record.plan;
    let stopped = match record.status {
        Status::Complete => "",
        Status::Stopped => word("stopped early: parts are missing · "),
        Status::Failed => word("ended by a fault: parts are missing · "),
    };
    let scenario: String = plan.scenario.chars().take(40).collect();
    let of = match plan.seen() {
        Seen::FromInside => say!("pool of {size}", size = plan.pool.size),
        Seen::FromOutside => word("services over HTTP").to_owned(),
    };
    say!(
        "{stopped}{scenario} · {of} · {time_words} · seed {seed} · poolbench {poolbench}",
        stopped,
        scenario,
        of,
        time_words = time_words(record),
        seed = plan.seed,
        poolbench = record.poolbench
    )
}
