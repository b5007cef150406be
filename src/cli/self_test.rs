//! `poolbench gate --self-test`: known faults are injected into a simulated run, and each has to turn the gate red
//! with its own exit code. A gate that nobody has seen red proves nothing.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use super::exit::{CliError, Exit};
use super::{baseline, gate::sheet, output};
use crate::archive::{self, RECORD_FILE, Run};
use crate::gate::paired::Looks;
use crate::gate::{Against, Sheet, judge, judge_pairs};
use crate::plan::Plan;
use crate::run::{HoldSource, simulate};
use crate::scenario::Builtin;
use crate::twin::HoldLaw;

/// A fault, and the exit code that it has to end with.
struct Injected {
    what: &'static str,
    expected: Exit,
    told: Exit,
}

pub(super) fn self_test() -> Result<Exit, CliError> {
    let run = played()?;
    let folder = tempfile::tempdir().map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let tried = faults(&run, folder.path())?;
    let mut text = String::from("a fault is injected                                  expected   told\n");
    for Injected { what, expected, told } in &tried {
        let sign = if told == expected { "" } else { "   WRONG" };
        let _ = writeln!(text, "  {what:<50} {:>8} {:>6}{sign}", expected.code(), told.code());
    }
    let wrong = tried.iter().filter(|fault| fault.told != fault.expected).count();
    text.push_str(if wrong == 0 {
        "\nthe gate tells all of them\n"
    } else {
        "\nthe gate is not to be trusted\n"
    });
    output::print(text.as_bytes())?;
    Ok(if wrong == 0 { Exit::Pass } else { Exit::Unexpected })
}

/// The built-in scenario in virtual time, without its claims and objectives: they are red for faults of their own.
fn played() -> Result<Run, CliError> {
    let scenario = Builtin::named("job-submission")
        .ok_or_else(|| CliError::Unexpected("the built-in scenario is missing".to_owned()))?
        .scenario()?;
    let plan = Plan { claims: Vec::new(), objectives: Vec::new(), ..Plan::of(&scenario) };
    Ok(simulate(&plan, &HoldSource::Law(HoldLaw::Fixed), NonZeroUsize::MIN)?.run)
}

fn faults(run: &Run, folder: &Path) -> Result<Vec<Injected>, CliError> {
    let baseline = sheet(run, "baseline");
    let against =
        |run: &Run, baseline: Against<'_>| Exit::from(judge(&sheet(run, "run"), &[], baseline).verdict());
    let compared = |run: &Run| against(run, Against::Sheet(&baseline));
    let nowhere = baseline::find(&folder.join("nowhere.json"));
    let other = sheet(&twice_as_long(run)?, "another scenario");
    let injected = |what, expected, told| Injected { what, expected, told };
    Ok(vec![
        injected("none: the run against itself", Exit::Pass, compared(run)),
        injected("a session held across the queue step", Exit::Regression, compared(&held_across(run))),
        injected("one failed request", Exit::Breach, compared(&one_failed(run))),
        injected("a baseline that does not exist", Exit::Inconclusive, against(run, missing(&nowhere))),
        injected("a baseline of another scenario", Exit::Inconclusive, against(run, Against::Sheet(&other))),
        injected("a lane that is missing", Exit::Inconclusive, compared(&without_a_lane(run))),
        injected("a run that was cut off", Exit::Inconclusive, compared(&cut_off(run))),
        injected("a record that was edited by hand", Exit::Inconclusive, compared(&edited(run))),
        injected("a truncated record", Exit::Usage, truncated(run, folder)?),
        injected("none: seven pairs of runs", Exit::Pass, pairs(run, 1.0)?),
        injected("holds 5 % longer, in seven pairs", Exit::Regression, pairs(run, 1.05)?),
    ])
}

fn missing(found: &Result<Sheet, String>) -> Against<'_> {
    match found {
        Ok(sheet) => Against::Sheet(sheet),
        Err(why) => Against::Missing(why),
    }
}

/// Repository scope does what request scope did: its lanes have the tapes of the other's.
fn held_across(run: &Run) -> Run {
    let mut run = run.clone();
    for act in [&mut run.side_by_side, &mut run.capacity] {
        if let [before, .., after] = act.as_mut_slice() {
            after.tape = before.tape.clone();
        }
    }
    run
}

fn one_failed(run: &Run) -> Run {
    let mut run = run.clone();
    if let Some(lane) = run.side_by_side.last_mut() {
        // One that had already been counted as due, on time, and without a response.
        let ledger = &mut lane.tape.measured.ledger;
        ledger.scheduled += 1;
        ledger.dispatched += 1;
        ledger.work_failed += 1;
        lane.tape.measured.schedule_lag.note(0);
    }
    run
}

fn edited(run: &Run) -> Run {
    let mut run = run.clone();
    if let Some(lane) = run.side_by_side.last_mut() {
        lane.tape.measured.ledger.completed += 1;
    }
    run
}

fn without_a_lane(run: &Run) -> Run {
    let mut run = run.clone();
    run.side_by_side.pop();
    run
}

fn cut_off(run: &Run) -> Run {
    Run { status: archive::Status::Stopped, ..run.clone() }
}

/// Runs with other draws, beside as many whose holds are so much longer.
fn pairs(run: &Run, longer: f64) -> Result<Exit, CliError> {
    let play = |seed: u64, longer: f64, name: &str| -> Result<Sheet, CliError> {
        let mut plan = Plan { seed, ..run.plan.clone() };
        let mut workload = (*plan.workload).clone();
        for step in &mut workload.steps {
            step.time = step.time.mul_f64(longer);
        }
        plan.workload = workload.into();
        let mut played = simulate(&plan, &HoldSource::Law(HoldLaw::Fixed), NonZeroUsize::MIN)?.run;
        // It is not the scenario that changed but what came of it.
        played.plan.workload = run.plan.workload.clone();
        Ok(sheet(&played, name))
    };
    let seeds = 1..=Looks::FEWEST as u64;
    let before = seeds.clone().map(|seed| play(seed, 1.0, "baseline")).collect::<Result<Vec<_>, _>>()?;
    let now = seeds.map(|seed| play(seed, longer, "run")).collect::<Result<Vec<_>, _>>()?;
    let judged = judge_pairs(&now, &before).map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    Ok(judged.map_or(Exit::Inconclusive, |judged| Exit::from(judged.verdict())))
}

fn twice_as_long(run: &Run) -> Result<Run, CliError> {
    let mut plan = run.plan.clone();
    let mut workload = (*plan.workload).clone();
    for step in &mut workload.steps {
        step.time *= 2;
    }
    plan.workload = workload.into();
    Ok(simulate(&plan, &HoldSource::Law(HoldLaw::Fixed), NonZeroUsize::MIN)?.run)
}

/// What loading the first half of a record ends with.
fn truncated(run: &Run, folder: &Path) -> Result<Exit, CliError> {
    let text = archive::encode(run).map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let half = text.chars().take(text.chars().count() / 2).collect::<String>();
    std::fs::write(folder.join(RECORD_FILE), half)
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    Ok(match archive::load(folder) {
        Ok(_) => Exit::Pass,
        Err(fault) => CliError::from(fault).exit(),
    })
}
