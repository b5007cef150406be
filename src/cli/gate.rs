//! `poolbench gate`: records → figures → one verdict, and its exit code.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{CliError, Exit};
use super::{baseline, output, self_test, store};
use crate::analyse::measure;
use crate::archive::{self, Run, Status};
use crate::gate::{self, About, Against, Ended, Judgement, Sheet, Verdict};
use crate::report::gate as show;
use crate::scenario::Objective;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench gate reports/latest                its objectives and claims
  poolbench gate reports/latest --baseline main
      and the baseline that was saved as main
  poolbench gate reports/latest --objective 'repository-scoped.acquire-wait.p99 < 50ms'
  poolbench gate new/1 new/2 new/3 new/4 new/5 new/6 new/7 \
    --baseline old/1 --baseline old/2 --baseline old/3 --baseline old/4 --baseline old/5 \
    --baseline old/6 --baseline old/7          holds, throughput and waits too, by seven pairs of runs
  poolbench gate --self-test
      that each kind of fault turns it red

Exit codes: 0 pass, 3 an objective or claim is breached, 4 worse than the baseline,
6 it cannot be told (no baseline, other conditions, a cut-off run, too little data).")]
pub(super) struct GateArgs {
    /// Records to judge: a record.json, or the folder that holds it
    #[arg(value_name = "RECORD", required_unless_present = "self_test")]
    records: Vec<PathBuf>,

    #[command(flatten)]
    asked: Asked,

    /// Inject known faults into a simulated run, and show that each turns the gate red with its own code
    #[arg(long, conflicts_with_all = ["records", "Asked"])]
    self_test: bool,
}

/// What a run is judged by, and where the judgement goes.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "Asked", multiple = true)]
pub(super) struct Asked {
    /// What it is compared with: the name of a saved baseline, its file, or a record. Given again for each of
    /// several records, times are compared by pairs
    #[arg(long = "baseline", value_name = "BASELINE")]
    baselines: Vec<PathBuf>,

    /// A further objective, such as 'failed.share <= 0'; may be given again
    #[arg(long = "objective", value_name = "OBJECTIVE")]
    objectives: Vec<Objective>,

    /// File for the judgement as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// File for the judgement as JSON (docs/gate.schema.json)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// File for the judgement as Markdown; it also goes to $GITHUB_STEP_SUMMARY where that is set
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// File for the figures in Bencher's metric format
    #[arg(long, value_name = "FILE")]
    bencher: Option<PathBuf>,

    /// File for the figures as github-action-benchmark's customSmallerIsBetter
    #[arg(long, value_name = "FILE")]
    smaller_is_better: Option<PathBuf>,
}

impl Asked {
    /// The baseline, where one alone was named.
    pub(super) fn only_baseline(&self) -> Option<&Path> {
        match self.baselines.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Whether anything was asked for.
    pub(super) fn is_anything(&self) -> bool {
        let files = [&self.junit, &self.json, &self.markdown, &self.bencher, &self.smaller_is_better];
        !self.baselines.is_empty() || !self.objectives.is_empty() || files.iter().any(|file| file.is_some())
    }
}

pub(super) fn gate(args: &GateArgs) -> Result<Exit, CliError> {
    if args.self_test {
        return self_test::self_test();
    }
    let runs: Result<Vec<Run>, _> = args.records.iter().map(|path| archive::load(path)).collect();
    let runs = runs?;
    let names = args.records.iter().map(|path| path.display().to_string());
    pass(&runs.iter().zip(names).collect::<Vec<_>>(), &args.asked)
}

/// Judges runs, each with its name, and tells the verdict wherever it was asked for.
pub(super) fn pass(runs: &[(&Run, String)], asked: &Asked) -> Result<Exit, CliError> {
    let baselines: Vec<_> = asked.baselines.iter().map(|path| baseline::find(path)).collect();
    let sheets: Vec<Sheet> = runs.iter().map(|(run, name)| sheet(run, name)).collect();
    let of_run = |at: usize| if baselines.len() > 1 { baselines.get(at) } else { baselines.first() };
    let each = runs.iter().zip(&sheets).enumerate();
    let mut judgements: Vec<Judgement> =
        each.map(|(at, ((run, _), sheet))| judged(run, sheet, of_run(at), &asked.objectives)).collect();
    if baselines.len() > 1 {
        // One that is missing has made its run inconclusive already.
        let found: Vec<Sheet> = baselines.iter().flatten().cloned().collect();
        if found.len() == baselines.len() || runs.len() != baselines.len() {
            let pairs = gate::judge_pairs(&sheets, &found);
            judgements.extend(pairs.map_err(|fault| CliError::Usage(fault.to_string()))?);
        }
    }
    let verdict = judgements.iter().map(Judgement::verdict).max().unwrap_or(Verdict::Inconclusive);
    let exit = Exit::from(verdict);
    let mut text = Vec::new();
    for judgement in &judgements {
        // Writing to memory cannot fail, here and below.
        let _ = show::terminal(judgement, &mut text);
        if std::env::var_os("GITHUB_ACTIONS").is_some_and(|set| set == "true") {
            let _ = show::github(judgement, &mut text);
        }
    }
    output::print(&text)?;
    write_files(asked, &judgements, &sheets, (verdict, exit))?;
    Ok(exit)
}

fn judged(
    run: &Run,
    sheet: &Sheet,
    baseline: Option<&Result<Sheet, String>>,
    further: &[Objective],
) -> Judgement {
    let against = match baseline {
        None => Against::Nothing,
        Some(Ok(sheet)) => Against::Sheet(sheet),
        Some(Err(why)) => Against::Missing(why),
    };
    let objectives: Vec<Objective> = run.plan.objectives.iter().chain(further).cloned().collect();
    gate::judge(sheet, &objectives, against)
}

fn write_files(
    asked: &Asked,
    judgements: &[Judgement],
    sheets: &[Sheet],
    (verdict, exit): (Verdict, Exit),
) -> Result<(), CliError> {
    let mut markdown = Vec::new();
    for judgement in judgements {
        let _ = show::markdown(judgement, &mut markdown);
    }
    let written = |render: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        render(&mut bytes);
        bytes
    };
    let junit = || written(&|out| drop(show::junit(judgements, out)));
    let json = || written(&|out| drop(show::json(judgements, (verdict, exit.code()), out)));
    let bencher = || written(&|out| sheets.iter().for_each(|sheet| drop(show::bencher(sheet, out))));
    let smaller =
        || written(&|out| sheets.iter().for_each(|sheet| drop(show::smaller_is_better(sheet, out))));
    put(asked.junit.as_deref(), junit)?;
    put(asked.json.as_deref(), json)?;
    put(asked.bencher.as_deref(), bencher)?;
    put(asked.smaller_is_better.as_deref(), smaller)?;
    put(asked.markdown.as_deref(), || markdown.clone())?;
    match std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        Some(path) => append(Path::new(&path), &markdown),
        None => Ok(()),
    }
}

fn put(path: Option<&Path>, render: impl FnOnce() -> Vec<u8>) -> Result<(), CliError> {
    path.map_or(Ok(()), |path| store::write(path, &render()))
}

/// Adds to a file that other steps of the same job write, too.
fn append(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
    opened.and_then(|mut file| file.write_all(bytes)).map_err(store::unwritable(path))
}

/// What the gate reads of a run.
pub(super) fn sheet(run: &Run, name: &str) -> Sheet {
    let ended = match run.status {
        Status::Complete => Ended::Complete,
        Status::Stopped | Status::Failed => Ended::Cut,
    };
    let about =
        About { created: &run.created, scenario: &run.plan.scenario, scopes: &run.plan.scopes, ended };
    Sheet::of(&measure(run), name, about)
}
