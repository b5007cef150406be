//! What a watch showed, in the terminal and as a page with a chart; at once, or again from its record.

use std::path::Path;

use crate::archive::looked::{self, Looked};
use crate::cli::args::ReportFormat;
use crate::cli::exit::{CliError, Exit};
use crate::cli::judgement::{PAGE, tell, write_page};
use crate::cli::store;
use crate::gate::{self, Judgement, Number, Sight};
use crate::metric::Metric;
use crate::report::lang::word;
use crate::report::{chart, html, watch as report};
use crate::watch::WatchEnd;

/// The verdict on the objectives, where there are any.
pub(super) fn judgement(looked: &Looked, folder: &Path) -> Option<Judgement> {
    if looked.objectives.is_empty() {
        return None;
    }
    let read = |metric| {
        let number = Number::exactly(looked.seen.figure(metric)?);
        Some(if metric == Metric::InTransactionPeak { number.at_least() } else { number })
    };
    let sight = match looked.seen.end {
        WatchEnd::AsAsked => Sight::Whole,
        WatchEnd::ServerLost => Sight::Cut,
    };
    Some(gate::observed(&folder.display().to_string(), "watch", &looked.objectives, sight, read))
}

/// Writes the page and the chart to a folder, and the answer to standard output, with the verdict last. The answer comes
/// also where a file cannot be written.
pub(super) fn show(
    looked: &Looked,
    judgement: Option<&Judgement>,
    folder: &Path,
    kept: &Path,
) -> Result<(), CliError> {
    let (created, poolbench) = (looked.created.as_str(), looked.poolbench.as_str());
    let written = write_page(chart::draw_watch(looked), folder, |charts, out| {
        html::watch(&report::Page { seen: &looked.seen, created, poolbench, judgement, charts }, out)
    });
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::terminal(&looked.seen, &mut text);
    let files = [(word("record"), kept.join(looked::LOOKED_FILE))];
    tell(text, (&folder.join(PAGE), written), &files, judgement)
}

/// Whether this is a record of what a watch showed.
pub(in crate::cli) fn is_record(path: &Path) -> bool {
    let named = path.file_name().is_some_and(|name| name == looked::LOOKED_FILE);
    named || path.join(looked::LOOKED_FILE).is_file()
}

/// What a watch showed, where this is such a record and no other one.
pub(in crate::cli) fn recorded(path: &Path) -> Option<Result<Looked, CliError>> {
    is_record(path).then(|| looked::load(path).map_err(CliError::from))
}

/// Shows it again, as it was shown after the watch.
pub(in crate::cli) fn show_again(
    looked: &Looked,
    format: ReportFormat,
    (kept, folder): (&Path, &Path),
) -> Result<Exit, CliError> {
    if format != ReportFormat::Tables {
        return Err(CliError::Usage(ONLY_TABLES.to_owned()));
    }
    store::make(folder)?;
    let judgement = judgement(looked, kept);
    show(looked, judgement.as_ref(), folder, kept)?;
    Ok(Exit::Pass)
}

const ONLY_TABLES: &str = "what a watch showed is shown as tables and as a page alone; leave out --format, or read watch.json itself, which is JSON";
