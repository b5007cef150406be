//! `poolbench predict` and `poolbench size`: what theory says, without a run.

use super::exit::{CliError, Exit};
use super::unmeasured::{PredictArgs, SizeArgs};
use super::{output, store};
use crate::analyse::{Outlook, Sizing};
use crate::plan::Plan;
use crate::report::{chart, forecast, sizing};
use crate::theory::Objective;
use crate::twin::HoldLaw;

pub(super) fn predict(args: &PredictArgs) -> Result<Exit, CliError> {
    let plan = args.scenario.plan()?;
    let outlooks = Outlook::all(&plan, args.holds.as_ref().unwrap_or(&HoldLaw::Fixed))?;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = forecast::predict(&plan, &outlooks, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

pub(super) fn size(args: &SizeArgs) -> Result<Exit, CliError> {
    let plan = args.scenario.plan()?;
    let objective = objective(args, &plan)?;
    let sizing = Sizing::of(&plan, objective, args.holds.as_ref().unwrap_or(&HoldLaw::Fixed))?;
    let mut text = Vec::new();
    // As above.
    let _ = sizing::size(&plan, &sizing, &mut text);
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(store::unwritable(folder))?;
        let fault = |fault: chart::ChartError| CliError::Chart(fault.to_string());
        for chart in chart::draw_sizing(&plan, &sizing).map_err(fault)? {
            store::write(&folder.join(format!("{}.svg", chart.name)), chart.svg.as_bytes())?;
            store::write(&folder.join(format!("{}.png", chart.name)), &chart.png)?;
        }
        store::write(&folder.join("sizing.txt"), &text)?;
    }
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn objective(args: &SizeArgs, plan: &Plan) -> Result<Objective, CliError> {
    let asked = args.objective.or_else(|| plan.wait_objective());
    let asked = asked.ok_or_else(|| {
        CliError::Usage(
            "the scenario has no objective on waits; add [[objectives]] with keep = \"acquire-wait.p99 <= 100ms\" \
             to it, or give --objective"
                .to_owned(),
        )
    })?;
    Ok(Objective { quantile: asked.quantile, wait: asked.wait })
}
