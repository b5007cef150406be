//! What was seen, in the terminal, as a page with charts, and as a scenario; at once, or again from its record.

use std::path::Path;

use crate::archive::observed::{self, Inquiry, Observed};
use crate::cli::args::ReportFormat;
use crate::cli::exit::{CliError, Exit};
use crate::cli::judgement::{self, PAGE, tell};
use crate::cli::{runs, store};
use crate::gate::{self, Judgement, Number, Sight};
use crate::report::lang::word;
use crate::report::{chart, html, tap as report};
use crate::tap::{Release, Worth, full_share, kinds, worth};

/// The verdict on the objectives, where there are any.
pub(super) fn judgement(observed: &Observed, folder: &Path) -> Option<Judgement> {
    let (seen, objectives) = (&observed.seen, &observed.inquiry.objectives);
    if objectives.is_empty() {
        return None;
    }
    let sight = if seen.connections.blind == 0 { Sight::Whole } else { Sight::InPart };
    let read = |metric| seen.figure(metric).map(Number::exactly);
    Some(gate::observed(&folder.display().to_string(), "tap", objectives, sight, read))
}

/// Writes the page and the charts to a folder, and the answer to standard output, with the verdict last. The answer
/// comes also where a file cannot be written.
pub(super) fn show(
    observed: &Observed,
    judgement: Option<&Judgement>,
    folder: &Path,
    kept: &Path,
) -> Result<(), CliError> {
    let worths = worths(observed);
    let answer = answer(observed, &worths);
    let written = write_page(observed, answer, judgement, folder);
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::terminal(&answer, &mut text);
    let scenario = (word("scenario"), kept.join(SCENARIO));
    let record = (word("record"), kept.join(observed::OBSERVED_FILE));
    let files: Vec<_> =
        [record].into_iter().chain(Some(scenario).filter(|(_, path)| path.is_file())).collect();
    tell(text, (&folder.join(PAGE), written), &files, judgement)
}

const SCENARIO: &str = "inferred.toml";

fn answer<'a>(Observed { seen, inquiry, .. }: &'a Observed, worths: &'a [Worth]) -> report::Answer<'a> {
    let most = inquiry.gaps as usize;
    report::Answer { seen, worths, wait: inquiry.wait, full: full_share(seen), most }
}

/// As it was seen, with connections given back in safe gaps, and in all.
fn worths(Observed { seen, inquiry, .. }: &Observed) -> [Worth; 3] {
    let Inquiry { wait, release_after: after, .. } = *inquiry;
    [Release::Never, Release::InSafeGaps(after), Release::InAllGaps(after)]
        .map(|release| worth(seen, release, wait))
}

fn write_page(
    observed: &Observed,
    answer: report::Answer<'_>,
    judgement: Option<&Judgement>,
    folder: &Path,
) -> Result<(), CliError> {
    let (created, poolbench) = (observed.created.as_str(), observed.poolbench.as_str());
    judgement::write_page(chart::draw_tap(observed), folder, |charts, out| {
        html::tap(&report::Page { answer, created, poolbench, judgement, charts }, out)
    })?;
    runs::note_tap(observed, report::sentence(&answer), folder)
}

/// Writes the heaviest kind of transaction as a scenario, where there is one.
pub(super) fn scenario(observed: &Observed, folder: &Path) -> Result<(), CliError> {
    let seen = &observed.seen;
    match report::inferred(seen, &kinds(seen, observed.inquiry.release_after)) {
        Some(scenario) => store::write(&folder.join(SCENARIO), scenario.as_bytes()),
        None => Ok(()),
    }
}

/// Whether this is a record of what a tap saw, and no record of a run.
pub(in crate::cli) fn is_record(path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| name == observed::OBSERVED_FILE);
    named || path.join(observed::OBSERVED_FILE).is_file()
}

/// What a tap saw, where this is such a record.
pub(in crate::cli) fn recorded(path: &Path) -> Option<Result<Observed, CliError>> {
    is_record(path).then(|| observed::load(path).map_err(CliError::from))
}

/// What a tap saw, in one sentence.
pub(in crate::cli) fn sentence(observed: &Observed) -> String {
    let worths = worths(observed);
    report::sentence(&answer(observed, &worths))
}

/// Shows it again, as it was shown after the tap, with its page and its charts in a folder.
pub(in crate::cli) fn show_again(
    observed: &Observed,
    format: ReportFormat,
    (kept, folder): (&Path, &Path),
) -> Result<Exit, CliError> {
    if format != ReportFormat::Tables {
        return Err(CliError::Usage(ONLY_TABLES.to_owned()));
    }
    store::make(folder)?;
    let judgement = judgement(observed, kept);
    show(observed, judgement.as_ref(), folder, kept)?;
    Ok(Exit::Pass)
}

const ONLY_TABLES: &str = "what a tap saw is shown as tables and as a page alone; leave out --format, or read tap.json itself, which is JSON";
