//! Several records beside each other: printed, or written to a folder.

mod mixed;

use std::io::Write;
use std::path::Path;

use super::text_of;
use crate::analyse::summarise;
use crate::archive::{self, Run};
use crate::cli::args::{ReportArgs, ReportFormat};
use crate::cli::exit::{CliError, Exit};
use crate::cli::{output, store, tap, watch};
use crate::inert::inert;
use crate::report::{View, beside, html, json, spreadsheet};

type Render = fn(&[beside::Named<'_>], &mut dyn Write) -> std::io::Result<()>;

/// What is made of several records, and the name of its file.
fn made(format: ReportFormat) -> Option<(&'static str, Render)> {
    match format {
        ReportFormat::Tables => Some(("beside.txt", beside::terminal)),
        ReportFormat::Markdown => Some(("beside.md", beside::markdown)),
        ReportFormat::Json => Some(("beside.json", json::several)),
        ReportFormat::Csv => Some(("beside.csv", spreadsheet::several)),
        ReportFormat::Html => Some(("beside.html", html::beside)),
        ReportFormat::Png | ReportFormat::Svg | ReportFormat::Hdr => None,
    }
}

pub(super) fn several(args: &ReportArgs) -> Result<Exit, CliError> {
    if args.baseline.is_some() {
        let why = "--baseline is for one record; name it among the records, or leave it out";
        return Err(CliError::Usage(why.to_owned()));
    }
    let wanted: Option<Vec<_>> = args.format.iter().map(|format| made(*format)).collect();
    let wanted = wanted.ok_or_else(|| {
        let why = "charts and histograms are of one record; leave png, svg and hdr out, or name one record";
        CliError::Usage(why.to_owned())
    })?;
    let is_page = args.format.contains(&ReportFormat::Html);
    if args.out.is_none() && (is_page || wanted.len() > 1) {
        let why = "a page and several formats at once are files; name their folder with --out";
        return Err(CliError::Usage(why.to_owned()));
    }
    if args.records.iter().any(|path| tap::is_record(path) || watch::is_record(path)) {
        return mixed::several(args);
    }
    let runs: Vec<Run> = args.records.iter().map(|path| archive::load(path)).collect::<Result<_, _>>()?;
    let summaries: Vec<_> = runs.iter().map(summarise).collect();
    let names: Vec<String> = args.records.iter().map(|path| path.display().to_string()).collect();
    let shown = runs.iter().zip(&summaries).zip(&names);
    let named: Vec<beside::Named<'_>> = shown
        .map(|((record, summary), name)| beside::Named { name, view: View { record, summary } })
        .collect();
    fits(beside::width(&named), beside::MOST)?;
    let made = wanted.into_iter().map(|(name, render)| (name, text_of(|out| render(&named, out))));
    written(made, args.out.as_deref())
}

/// Prints the texts, or writes them to a folder under their names and prints their paths.
fn written(
    made: impl Iterator<Item = (&'static str, Vec<u8>)>,
    folder: Option<&Path>,
) -> Result<Exit, CliError> {
    let mut told = Vec::new();
    for (name, text) in made {
        let Some(folder) = folder else {
            output::print(&text)?;
            continue;
        };
        store::make(folder)?;
        let path = folder.join(name);
        store::write(&path, &text)?;
        told.extend(format!("{}\n", inert(&path.display().to_string())).bytes());
    }
    output::print(&told)?;
    Ok(Exit::Pass)
}

fn fits(width: usize, most: usize) -> Result<(), CliError> {
    if width <= most {
        return Ok(());
    }
    Err(CliError::Usage(format!(
        "these records have {width} pool libraries, and {most} fit beside each other; name fewer records, or such with \
         fewer libraries (--pools)"
    )))
}
