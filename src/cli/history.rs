//! `poolbench history`: the records and baselines of a folder in the order of time, and where their figures changed.

use crate::report::lang::{say, word};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::REPORTS;
use super::exit::{CliError, Exit};
use super::{baseline, output, store};
use crate::archive::RECORD_FILE;
use crate::gate::Sheet;
use crate::gate::history::{Course, courses};
use crate::report::{self, Chart};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench history
      the records and baselines in reports
  poolbench history nightly --html history.html
                                               with a chart for each metric

A change is named when permutations of the runs show it, with a chance of 5 % of a false one in all metrics of a
scenario together. Runs of other scenarios, pools or loads are not compared.")]
pub(super) struct HistoryArgs {
    /// Folder of records and baselines
    #[arg(value_name = "FOLDER", default_value = REPORTS)]
    folder: PathBuf,

    /// File for a page with a chart for each metric
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Seed of the permutations
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

pub(super) fn history(args: &HistoryArgs) -> Result<Exit, CliError> {
    let paths = paths(&args.folder)?;
    let (mut sheets, mut unread): (Vec<Sheet>, usize) = (Vec::new(), 0);
    for path in &paths {
        match baseline::find(path) {
            Ok(sheet) => sheets.push(sheet),
            // A folder of reports holds other files, too.
            Err(_) => unread += 1,
        }
    }
    let courses = courses(sheets, args.seed);
    if courses.is_empty() {
        return Err(CliError::Usage(format!(
            "no complete record or baseline in {}; run poolbench first, or name another folder",
            args.folder.display()
        )));
    }
    let mut text = Vec::new();
    for course in &courses {
        // Writing to memory cannot fail, here and below.
        let _ = report::history::history(course, &mut text);
        text.push(b'\n');
    }
    if unread > 0 {
        let told = match unread {
            1 => word("1 of its files is neither record nor baseline, or cannot be read").to_owned(),
            many => say!("{many} of its files are neither record nor baseline, or cannot be read", many),
        };
        text.extend(format!("{told}\n").bytes());
    }
    output::print(&text)?;
    if let Some(path) = &args.html {
        write_page(&courses, path)?;
    }
    Ok(Exit::Pass)
}

fn write_page(courses: &[Course], path: &Path) -> Result<(), CliError> {
    let mut pages: Vec<(&Course, Vec<Chart>)> = Vec::new();
    for course in courses {
        let drawn =
            report::chart::draw_history(course).map_err(|fault| CliError::Chart(fault.to_string()))?;
        pages.push((course, drawn.into_iter().map(Chart::from).collect()));
    }
    let mut page = Vec::new();
    let _ = report::html::history(&pages, &mut page);
    store::write(path, &page)
}

/// Records in folders of their own, and whatever else ends in `.json`, here and among the baselines.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut paths = Vec::new();
    for folder in [folder.to_owned(), folder.join("baselines")] {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(_) if !paths.is_empty() || folder.ends_with("baselines") => continue,
            Err(fault) => return Err(CliError::Usage(format!("cannot read {}: {fault}", folder.display()))),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            // A link such as `latest` names a run that is there already.
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let is_json = path.extension().is_some_and(|ending| ending == "json");
            if !is_link && (is_json || path.join(RECORD_FILE).is_file()) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}
