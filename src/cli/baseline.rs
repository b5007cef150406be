//! `poolbench baseline`: small files that a run is compared with, kept in the repository.

use crate::report::lang::{say, word};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::{CliError, Exit};
use super::{gate::sheet, output, store};
use crate::analyse::Subject;
use crate::archive;
use crate::files;
use crate::gate::{self, Bound, Ended, Line, Sheet};
use crate::inert::inert;

/// The folder of saved baselines.
const FOLDER: &str = "reports/baselines";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench baseline save main reports/latest
  poolbench baseline list
  poolbench baseline show main
  poolbench baseline save main reports/latest --replace")]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    does: Does,
}

#[derive(Debug, Subcommand)]
enum Does {
    /// Save the figures of a record as a baseline
    Save {
        /// Name of the baseline
        #[arg(value_parser = name)]
        name: String,
        /// A record.json, or the folder that holds it
        record: PathBuf,
        /// Replace a baseline of this name
        #[arg(long)]
        replace: bool,
        /// Folder of the baselines
        #[arg(long, value_name = "DIR", default_value = FOLDER)]
        folder: PathBuf,
    },
    /// List the saved baselines
    List {
        /// Folder of the baselines
        #[arg(long, value_name = "DIR", default_value = FOLDER)]
        folder: PathBuf,
    },
    /// Show a baseline: its conditions and figures
    Show {
        /// Name of the baseline, or its file
        name: PathBuf,
    },
}

/// A name is a file's name on every system, and never a path.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match text {
        "" => Err("write a name".to_owned()),
        text if text.len() > 100 => Err("write a name of at most 100 letters".to_owned()),
        text if text.chars().all(plain) => Ok(text.to_owned()),
        _ => Err("write a name of letters, digits, - and _".to_owned()),
    }
}

pub(super) fn baseline(args: &BaselineArgs) -> Result<Exit, CliError> {
    match &args.does {
        Does::Save { name, record, replace, folder } => save(name, record, folder, *replace),
        Does::List { folder } => list(folder),
        Does::Show { name } => show(name),
    }
}

fn save(name: &str, record: &Path, folder: &Path, replace: bool) -> Result<Exit, CliError> {
    let run = archive::load(record)?;
    let sheet = sheet(&run, name);
    if sheet.ended != Ended::Complete {
        let why =
            "the run did not come to its end, or its record contradicts itself; save one of a complete run";
        return Err(CliError::Usage(why.to_owned()));
    }
    let path = file(folder, name);
    if path.exists() && !replace {
        let path = path.display();
        return Err(CliError::Usage(format!("{path} is there already; give --replace to replace it")));
    }
    std::fs::create_dir_all(folder).map_err(store::unwritable(folder))?;
    store::write_whole(&path, gate::encode(&sheet).as_bytes())?;
    output::print(format!("{}\n", inert(&path.display().to_string())).as_bytes())?;
    Ok(Exit::Pass)
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

fn list(folder: &Path) -> Result<Exit, CliError> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let mut text = Vec::new();
    if files.is_empty() {
        let _ = writeln!(
            text,
            "{}",
            say!("no baselines in {folder}", folder = inert(&folder.display().to_string()))
        );
    }
    for path in files {
        let name = inert(&path.file_stem().unwrap_or_default().to_string_lossy()).to_string();
        // Writing to memory cannot fail.
        let _ = match find(&path) {
            Ok(sheet) => writeln!(text, "{name:<24}{:<24}{}", inert(&sheet.scenario), inert(&sheet.created)),
            Err(fault) => writeln!(text, "{name:<24}{}", inert(&fault)),
        };
    }
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn show(name: &Path) -> Result<Exit, CliError> {
    let sheet = find(name).map_err(CliError::Usage)?;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_sheet(&sheet, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn write_sheet(sheet: &Sheet, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}: {}, {}\n", inert(&sheet.name), inert(&sheet.scenario), inert(&sheet.created))?;
    for condition in &sheet.conditions {
        writeln!(out, "{:<18}{}", condition.kind.name(), inert(&condition.value))?;
    }
    let mut told: Vec<&Subject> = Vec::new();
    for line in &sheet.lines {
        if !told.contains(&&line.subject) {
            told.push(&line.subject);
            write_subject(sheet, line, out)?;
        }
    }
    Ok(())
}

/// All figures of a lane or a pair.
fn write_subject(sheet: &Sheet, of: &Line, out: &mut impl Write) -> std::io::Result<()> {
    let scopes = of.scope().map_or(word("before and after"), |scope| scope.name());
    writeln!(
        out,
        "{}",
        say!("\n{of}, {scopes} on {of2}", of = of.act().name(), scopes, of2 = inert(of.pool()))
    )?;
    for line in sheet.lines.iter().filter(|line| line.subject == of.subject) {
        if let Some(number) = line.nominal.or(line.measured) {
            let more = if number.bound == Bound::MoreThan { "> " } else { "" };
            writeln!(out, "  {:<28}{more}{}", line.metric.name(), line.metric.unit().text(number.value))?;
        }
    }
    Ok(())
}

/// A baseline by its name, its file, or as a record. Why there is none is in words: the gate says so, and is no
/// pass.
pub(super) fn find(path: &Path) -> Result<Sheet, String> {
    let shown = path.display().to_string();
    if path.is_dir() {
        return archive::load(path).map(|run| sheet(&run, &shown)).map_err(|fault| fault.to_string());
    }
    let named = file(Path::new(FOLDER), &shown);
    let is_a_name = name(&shown).is_ok() && !path.exists();
    let path = if is_a_name { named.as_path() } else { path };
    let text = files::read_text(path, files::MOST_OF_A_RECORD)
        .map_err(|fault| format!("cannot read {}: {fault}", path.display()))?;
    let of_baseline = match gate::decode(&text, &shown) {
        Ok(sheet) => return Ok(sheet),
        Err(fault) => fault.to_string(),
    };
    match archive::decode(&text) {
        Ok(run) => Ok(sheet(&run, &shown)),
        // Whoever names a record hears what is wrong with the record.
        Err(of_record) if text.contains("\"plan\"") => Err(format!("{}: {of_record}", path.display())),
        Err(_) => Err(format!("{}: {of_baseline}", path.display())),
    }
}
