//! `poolbench gate`: records → figures → one verdict, and its exit code.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{CliError, Exit};
use super::output;
use crate::analyse::measure;
use crate::archive::{self, Run, Status};
use crate::files;
use crate::gate::{self, About, Against, Ended, Judgement, Sheet, Verdict};
use crate::report::gate::terminal;
use crate::scenario::Objective;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench gate reports/latest                its objectives and claims
  poolbench gate reports/latest --baseline main
                                               and the baseline that was saved as main
  poolbench gate reports/latest --objective 'repository-scoped.acquire-wait.p99 < 50ms'

Exit codes: 0 pass, 3 an objective or claim is breached, 4 worse than the baseline,
6 it cannot be told (no baseline, other conditions, a cut-off run, too little data).")]
pub(super) struct GateArgs {
    /// Records to judge: a record.json, or the folder that holds it
    #[arg(value_name = "RECORD", required = true)]
    records: Vec<PathBuf>,

    /// What each is compared with: the name of a saved baseline, its file, or a record
    #[arg(long, value_name = "BASELINE")]
    baseline: Option<PathBuf>,

    /// A further objective, such as 'failed.share <= 0'; may be given again
    #[arg(long = "objective", value_name = "OBJECTIVE")]
    objectives: Vec<Objective>,
}

pub(super) fn gate(args: &GateArgs) -> Result<Exit, CliError> {
    let baseline = args.baseline.as_deref().map(baseline);
    let mut worst = Verdict::Pass;
    let mut text = Vec::new();
    for path in &args.records {
        let run = archive::load(path)?;
        let judgement = judged(&run, &path.display().to_string(), baseline.as_ref(), &args.objectives);
        worst = worst.max(judgement.verdict());
        // Writing to memory cannot fail.
        let _ = terminal(&judgement, &mut text);
    }
    output::print(&text)?;
    Ok(worst.into())
}

/// Judges a run by its own objectives and by further ones.
fn judged(
    run: &Run,
    name: &str,
    baseline: Option<&Result<Sheet, String>>,
    further: &[Objective],
) -> Judgement {
    let against = match baseline {
        None => Against::Nothing,
        Some(Ok(sheet)) => Against::Sheet(sheet),
        Some(Err(why)) => Against::Missing(why),
    };
    let objectives: Vec<Objective> = run.plan.objectives.iter().chain(further).cloned().collect();
    gate::judge(&sheet(run, name), &objectives, against)
}

pub(super) fn sheet(run: &Run, name: &str) -> Sheet {
    let ended = match run.status {
        Status::Complete => Ended::Complete,
        Status::Stopped | Status::Failed => Ended::Cut,
    };
    let about =
        About { created: &run.created, scenario: &run.plan.scenario, scopes: &run.plan.scopes, ended };
    Sheet::of(&measure(run), name, about)
}

/// The folder of saved baselines.
pub(super) const BASELINES: &str = "reports/baselines";

/// A baseline by its name, its file, or as a record. One that is not there or cannot be read is no fault of the
/// command: the gate says so, and is no pass.
fn baseline(path: &Path) -> Result<Sheet, String> {
    let named = Path::new(BASELINES).join(path).with_extension("json");
    let is_a_name = path.components().count() == 1 && path.extension().is_none();
    let (path, name) = match is_a_name && (named.exists() || !path.exists()) {
        true => (named.as_path(), path.display().to_string()),
        false => (path, path.display().to_string()),
    };
    if path.is_dir() {
        return archive::load(path).map(|run| sheet(&run, &name)).map_err(|fault| fault.to_string());
    }
    let text = files::read_text(path, files::MOST_OF_A_RECORD)
        .map_err(|fault| format!("cannot read {}: {fault}", path.display()))?;
    gate::decode(&text, &name).or_else(|fault| match archive::decode(&text) {
        Ok(run) => Ok(sheet(&run, &name)),
        // Whoever names a record means a record.
        Err(reason) if text.contains("\"plan\"") => Err(format!("{}: {reason}", path.display())),
        Err(_) => Err(format!("{}: {fault}", path.display())),
    })
}
