//! `poolbench report`: a record shown again, from the file alone.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{ReportArgs, ReportFormat};
use super::exit::{CliError, Exit};
use super::{output, runs, store};
use crate::analyse::summarise;
use crate::archive::{self, RECORD_FILE, Run};
use crate::report::chart::Drawn;
use crate::report::{Chart, View, chart, html, json, markdown, terminal};

pub(super) fn report(args: &ReportArgs) -> Result<Exit, CliError> {
    let beside = if args.record.is_dir() { args.record.clone() } else { folder_of(&args.record) };
    let folder = args.out.clone().unwrap_or_else(|| beside.clone());
    if let Some(observed) = super::tap::recorded(&args.record) {
        return super::tap::show_again(&observed?, args.format, (&beside, &folder));
    }
    if let Some(looked) = super::watch::recorded(&args.record) {
        return super::watch::show_again(&looked?, args.format, (&beside, &folder));
    }
    let run = archive::load(&args.record)?;
    match args.format {
        ReportFormat::Tables => {}
        ReportFormat::Markdown => return printed(&run, markdown::render),
        ReportFormat::Json => return printed(&run, json::render),
    }
    store::make(&folder)?;
    show(run, &folder, Printed::Full)?;
    Ok(Exit::Pass)
}

/// Prints what this makes of a record.
fn printed(run: &Run, render: fn(View<'_>, &mut dyn Write) -> std::io::Result<()>) -> Result<Exit, CliError> {
    let summary = summarise(run);
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = render(View { record: run, summary: &summary }, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => ".".into(),
    }
}

/// The folder of the charts, in the folder of a run.
const CHARTS: &str = "charts";

/// How much of a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    /// The verdict, the figures to quote and the paths, on one screen.
    Ending,
    /// Every table.
    Full,
}

impl Printed {
    /// As `--full` asks for it.
    pub(super) fn asked(full: bool) -> Self {
        if full { Self::Full } else { Self::Ending }
    }
}

/// Writes the HTML and the charts to a folder, and what is asked for to standard output. That comes also where a file
/// cannot be written.
pub(super) fn show(run: Run, folder: &Path, printed: Printed) -> Result<(), CliError> {
    // As it is found on disk, so that a later report of the record says the same to the last digit.
    let record = &archive::as_stored(run);
    let summary = summarise(record);
    let view = View { record, summary: &summary };
    let (page, charts) = (folder.join("report.html"), folder.join(CHARTS));
    let written = write_files(view, &page, folder).and_then(|()| runs::note(view, folder));
    let files = [
        ("report", page.display().to_string()),
        ("charts", charts.join("*.png, *.svg").display().to_string()),
        ("record", folder.join(RECORD_FILE).display().to_string()),
        ("every table", format!("poolbench report {}", folder.display())),
    ];
    let shown = match printed {
        Printed::Full => &files[..files.len() - 1],
        Printed::Ending => &files[..],
    };
    let shown = if written.is_ok() { shown } else { &[] };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = match printed {
        Printed::Full => terminal::render(view, shown, &mut text),
        Printed::Ending => terminal::ending(view, shown, &mut text),
    };
    written.and(output::print(&text))
}

fn write_files(view: View<'_>, page: &Path, folder: &Path) -> Result<(), CliError> {
    let drawn = chart::draw(view).map_err(|fault| CliError::Chart(fault.to_string()))?;
    let shown = write_charts(drawn, folder)?;
    let mut bytes = Vec::new();
    html::render(view, &shown, &mut bytes).map_err(store::unwritable(page))?;
    store::write(page, &bytes)
}

/// Writes charts as SVG and PNG to their folder in this one; what comes back goes into a page.
pub(super) fn write_charts(drawn: Vec<Drawn>, folder: &Path) -> Result<Vec<Chart>, CliError> {
    let charts = folder.join(CHARTS);
    store::make(&charts)?;
    let mut shown = Vec::new();
    for chart in drawn {
        store::write(&charts.join(format!("{}.svg", chart.name)), chart.svg.as_bytes())?;
        store::write(&charts.join(format!("{}.png", chart.name)), &chart.png)?;
        shown.push(Chart::from(chart));
    }
    Ok(shown)
}
