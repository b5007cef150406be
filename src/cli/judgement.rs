//! Where the judgement on somebody's application goes, beside the terminal.

use std::path::PathBuf;

use clap::Args;

use super::exit::{CliError, Exit};
use super::store;
use crate::gate::Judgement;
use crate::report::gate as told;

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
