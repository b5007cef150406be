//! What is told of somebody's application in the end: its page, its files and the judgement.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{CliError, Exit};
use super::report::write_charts;
use super::{output, store};
use crate::gate::Judgement;
use crate::inert::inert;
use crate::report::chart::{ChartError, Drawn};
use crate::report::lang::{say, word};
use crate::report::{Chart, gate as told};

/// Files for a judgement.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct JudgementFiles {
    /// File for the judgement as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// File for the judgement as JSON (docs/gate.schema.json)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// File for the judgement as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

impl JudgementFiles {
    /// Writes those that were asked for.
    pub(super) fn write(&self, judgement: &Judgement, exit: Exit) -> Result<(), CliError> {
        let judgements = std::slice::from_ref(judgement);
        let mut bytes = Vec::new();
        if let Some(path) = &self.junit {
            // Writing to memory cannot fail, here and below.
            let _ = told::junit(judgements, &mut bytes);
            store::write(path, &bytes)?;
        }
        if let Some(path) = &self.json {
            bytes.clear();
            let _ = told::json(judgements, (judgement.verdict(), exit.code()), &mut bytes);
            store::write(path, &bytes)?;
        }
        if let Some(path) = &self.markdown {
            bytes.clear();
            let _ = told::markdown(judgement, &mut bytes);
            store::write(path, &bytes)?;
        }
        Ok(())
    }
}

/// The page of an application in the folder of its record.
pub(super) const PAGE: &str = "report.html";

/// Writes the page with its charts.
pub(super) fn write_page(
    drawn: Result<Vec<Drawn>, ChartError>,
    folder: &Path,
    render: impl FnOnce(&[Chart], &mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    let charts = write_charts(drawn.map_err(|fault| CliError::Chart(fault.to_string()))?, folder)?;
    let path = folder.join(PAGE);
    let mut bytes = Vec::new();
    render(&charts, &mut bytes).map_err(store::unwritable(&path))?;
    store::write(&path, &bytes)
}

/// Prints the answer, then the page, if it was written, and the other files, and the verdict last. The answer comes also
/// where a file could not be written.
pub(super) fn tell(
    mut answer: Vec<u8>,
    page: (&Path, Result<(), CliError>),
    files: &[(&str, PathBuf)],
    judgement: Option<&Judgement>,
) -> Result<(), CliError> {
    let (path, written) = page;
    let page = written.is_ok().then(|| (word("report"), path.to_owned()));
    // Writing to memory cannot fail, here and below.
    let _ = writeln!(answer);
    for (name, path) in page.iter().chain(files) {
        let _ =
            writeln!(answer, "{}", say!("{name}: {path}", name, path = inert(&path.display().to_string())));
    }
    if let Some(judgement) = judgement {
        answer.push(b'\n');
        let _ = told::terminal(judgement, &mut answer);
    }
    written.and(output::print(&answer))
}
