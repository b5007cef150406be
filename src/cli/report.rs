//! `poolbench report`: a record shown again, from the file alone.

mod beside;
mod change;

use crate::report::lang::key;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::args::{ReportArgs, ReportFormat};
use super::exit::{CliError, Exit};
use super::{output, runs, store};
use crate::analyse::summarise;
use crate::archive::{self, RECORD_FILE, Run};
use crate::gate::Changes;
use crate::inert::inert;
use crate::report::chart::{ChartError, Drawn};
use crate::report::{Chart, View, chart, html, json, markdown, spreadsheet, terminal};

pub(super) use change::Baselines;

pub(super) fn report(args: &ReportArgs) -> Result<Exit, CliError> {
    let [record] = args.records.as_slice() else { return beside::several(args) };
    let own = if record.is_dir() { record.clone() } else { folder_of(record) };
    let folder = args.out.clone().unwrap_or_else(|| own.clone());
    if let Some(observed) = super::tap::recorded(record) {
        let format = args.format.first().copied().unwrap_or_default();
        return super::tap::show_again(&observed?, format, (&own, &folder));
    }
    if let Some(looked) = super::watch::recorded(record) {
        let format = args.format.first().copied().unwrap_or_default();
        return super::watch::show_again(&looked?, format, (&own, &folder));
    }
    let run = archive::load(record)?;
    let baselines = Baselines::beside(record, args.baseline.as_deref());
    if let [] | [ReportFormat::Tables] = args.format.as_slice() {
        store::make(&folder)?;
        let changes = baselines.changes(&run)?;
        show(run, &folder, Printed::Full, changes.as_ref())?;
        return Ok(Exit::Pass);
    }
    match (args.format.as_slice(), &args.out) {
        ([one], None) => match printable(*one) {
            Some(render) => printed(&run, &baselines, render)?,
            None => write_formats(&run, &args.format, &folder, &baselines)?,
        },
        (formats, _) => write_formats(&run, formats, &folder, &baselines)?,
    }
    Ok(Exit::Pass)
}

type Render = fn(View<'_>, Option<&Changes>, &mut dyn Write) -> std::io::Result<()>;

/// What is text, and can be printed.
fn printable(format: ReportFormat) -> Option<Render> {
    match format {
        ReportFormat::Markdown => Some(markdown::render_against),
        ReportFormat::Json => Some(|view, _, out| json::render(view, out)),
        ReportFormat::Csv => Some(|view, _, out| spreadsheet::render(view, out)),
        ReportFormat::Tables
        | ReportFormat::Html
        | ReportFormat::Png
        | ReportFormat::Svg
        | ReportFormat::Hdr => None,
    }
}

/// Writes a record in each of these formats to a folder, and prints the paths.
fn write_formats(
    run: &Run,
    formats: &[ReportFormat],
    folder: &Path,
    baselines: &Baselines,
) -> Result<(), CliError> {
    store::make(folder)?;
    let record = &archive::as_stored(run.clone());
    let summary = summarise(record);
    let view = View { record, summary: &summary };
    let changes = baselines.changes(record)?;
    let changes = changes.as_ref();
    let fault = |fault: ChartError| CliError::Chart(fault.to_string());
    // Pictures as files take most of the time, and a page needs none.
    let as_files = formats.iter().any(|it| matches!(it, ReportFormat::Png | ReportFormat::Svg));
    let drawn = if as_files { chart::draw(view).map_err(fault)? } else { Vec::new() };
    let mut told = Vec::new();
    for format in formats {
        let files: Vec<(PathBuf, Vec<u8>)> = match format {
            ReportFormat::Tables => {
                vec![("report.txt".into(), text_of(|out| terminal::render_against(view, changes, &[], out)))]
            }
            ReportFormat::Markdown => {
                vec![("report.md".into(), text_of(|out| markdown::render_against(view, changes, out)))]
            }
            ReportFormat::Json => vec![("figures.json".into(), text_of(|out| json::render(view, out)))],
            ReportFormat::Csv => vec![("figures.csv".into(), text_of(|out| spreadsheet::render(view, out)))],
            ReportFormat::Html => {
                let charts = match drawn.as_slice() {
                    [] => chart::figures(view).map_err(fault)?,
                    drawn => drawn.iter().cloned().map(Chart::from).collect(),
                };
                vec![("report.html".into(), text_of(|out| html::render_against(view, &charts, changes, out)))]
            }
            ReportFormat::Hdr => {
                vec![("histograms.hlog".into(), text_of(|mut out| archive::write_hlog(record, &mut out)))]
            }
            ReportFormat::Png => charts_of(&drawn, "png", |chart| chart.png.clone()),
            ReportFormat::Svg => charts_of(&drawn, "svg", |chart| chart.svg.clone().into_bytes()),
        };
        for (name, bytes) in files {
            let path = folder.join(name);
            store::make(&folder_of(&path))?;
            store::write(&path, &bytes)?;
            told.push(format!("{}\n", inert(&path.display().to_string())));
        }
    }
    output::print(told.concat().as_bytes())
}

/// What is written to memory, which cannot fail.
fn text_of(render: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = render(&mut text);
    text
}

fn charts_of(drawn: &[Drawn], ending: &str, bytes: fn(&Drawn) -> Vec<u8>) -> Vec<(PathBuf, Vec<u8>)> {
    let name = |chart: &Drawn| Path::new(CHARTS).join(format!("{}.{ending}", chart.name));
    drawn.iter().map(|chart| (name(chart), bytes(chart))).collect()
}

/// Prints what this makes of a record.
fn printed(run: &Run, baselines: &Baselines, render: Render) -> Result<(), CliError> {
    let summary = summarise(run);
    let changes = baselines.changes(run)?;
    let view = View { record: run, summary: &summary };
    output::print(&text_of(|out| render(view, changes.as_ref(), out)))
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
pub(super) fn show(
    run: Run,
    folder: &Path,
    printed: Printed,
    changes: Option<&Changes>,
) -> Result<(), CliError> {
    // As it is found on disk, so that a later report of the record says the same to the last digit.
    let record = &archive::as_stored(run);
    let summary = summarise(record);
    let view = View { record, summary: &summary };
    let (page, charts) = (folder.join("report.html"), folder.join(CHARTS));
    let written = write_files(view, changes, &page, folder).and_then(|()| runs::note(view, folder));
    let files = [
        (key("report"), page.display().to_string()),
        (key("charts"), charts.join("*.png, *.svg").display().to_string()),
        (key("record"), folder.join(RECORD_FILE).display().to_string()),
        (key("every table"), format!("poolbench report {}", folder.display())),
    ];
    let shown = match printed {
        Printed::Full => &files[..files.len() - 1],
        Printed::Ending => &files[..],
    };
    let shown = if written.is_ok() { shown } else { &[] };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = match printed {
        Printed::Full => terminal::render_against(view, changes, shown, &mut text),
        Printed::Ending => terminal::ending(view, shown, &mut text),
    };
    written.and(output::print(&text))
}

fn write_files(
    view: View<'_>,
    changes: Option<&Changes>,
    page: &Path,
    folder: &Path,
) -> Result<(), CliError> {
    let drawn = chart::draw(view).map_err(|fault| CliError::Chart(fault.to_string()))?;
    let shown = write_charts(drawn, folder)?;
    let mut bytes = Vec::new();
    html::render_against(view, &shown, changes, &mut bytes).map_err(store::unwritable(page))?;
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
