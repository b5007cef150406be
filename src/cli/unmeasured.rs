//! What can be typed for the commands that measure nothing.

use std::path::PathBuf;

use clap::Args;

use super::args::REPORTS;
use super::scenario_args::ScenarioArgs;
use crate::scenario::WaitObjective;
use crate::twin::HoldLaw;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench simulate
      the built-in scenario at nominal times
  poolbench simulate my.toml --pool-size 50 --holds exponential
  poolbench simulate --holds-from reports/latest
      with the holds that a run measured
  poolbench simulate million --record-only --stats
      a million requests, and how long they took")]
pub(super) struct SimulateArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    /// How holds vary around the plan: fixed, exponential, or lognormal:SPREAD, where the spread is
    /// variance ÷ mean² [default: fixed]
    #[arg(long, value_name = "LAW", value_parser = hold_law, conflicts_with = "holds_from")]
    pub(super) holds: Option<HoldLaw>,

    /// Draw holds from those that a run measured: its record.json, or the folder that holds it
    #[arg(long, value_name = "RECORD")]
    pub(super) holds_from: Option<PathBuf>,

    /// Print every table at the end, and not only the verdict, the figures to quote and the paths
    #[arg(long, conflicts_with = "record_only")]
    pub(super) full: bool,

    /// Write the record and no report
    #[arg(long)]
    pub(super) record_only: bool,

    /// Print requests per second and memory to standard error
    #[arg(long)]
    pub(super) stats: bool,

    /// Folder for the simulation's folder
    #[arg(long, value_name = "DIR", default_value = REPORTS)]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench predict                            the built-in scenario
  poolbench predict --rate 0.1/s --holds exponential")]
pub(super) struct PredictArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    /// How holds vary around the plan: fixed, exponential, or lognormal:SPREAD [default: fixed]
    #[arg(long, value_name = "LAW", value_parser = hold_law)]
    pub(super) holds: Option<HoldLaw>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench size
      with the objective of the built-in scenario
  poolbench size my.toml --objective 'acquire-wait.p99 <= 50ms' --out charts")]
pub(super) struct SizeArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    /// What waits may be, such as 'acquire-wait.p99 <= 100ms'; without it, the scenario's
    #[arg(long, value_name = "OBJECTIVE")]
    pub(super) objective: Option<WaitObjective>,

    /// How holds vary around the plan: fixed, exponential, or lognormal:SPREAD [default: fixed]
    #[arg(long, value_name = "LAW", value_parser = hold_law)]
    pub(super) holds: Option<HoldLaw>,

    /// Folder for the charts and the table
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

pub(super) fn hold_law(text: &str) -> Result<HoldLaw, String> {
    match text.split_once(':').map_or((text, None), |(law, spread)| (law, Some(spread))) {
        ("fixed", None) => Ok(HoldLaw::Fixed),
        ("exponential", None) => Ok(HoldLaw::Exponential),
        ("lognormal", spread) => match spread.unwrap_or("1").trim().parse::<f64>() {
            Ok(spread) if HoldLaw::SPREAD.contains(&spread) => Ok(HoldLaw::LogNormal { spread }),
            _ => Err("write the spread as variance ÷ mean², from 0 to 1000000, like lognormal:4".to_owned()),
        },
        _ => Err("write fixed, exponential or lognormal:SPREAD".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn laws_have_a_spread_that_can_be_played() {
        assert_eq!(hold_law("lognormal:1000000"), Ok(HoldLaw::LogNormal { spread: 1e6 }));
        for wrong in
            ["", "lognormal:", "lognormal:-1", "lognormal:1e308", "lognormal:NaN", "fixed:1", "normal"]
        {
            assert!(hold_law(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_law_is_taken_or_refused(text in "(lognormal|fixed|exponential)?:?[0-9eE.+-]{0,12}") {
            if let Ok(HoldLaw::LogNormal { spread }) = hold_law(&text) {
                prop_assert!(HoldLaw::SPREAD.contains(&spread));
            }
        }
    }
}
