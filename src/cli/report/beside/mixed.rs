//! Records of runs beside those of a tap or a watch.

use std::io::Write;
use std::path::Path;

use super::{fits, text_of, written};
use crate::analyse::{Summary, summarise};
use crate::archive::looked::Looked;
use crate::archive::observed::Observed;
use crate::archive::{self, Run};
use crate::cli::args::{ReportArgs, ReportFormat};
use crate::cli::exit::{CliError, Exit};
use crate::cli::{tap, watch};
use crate::report::beside::{self, Named, Side, Sight, Sighted};
use crate::report::{View, html, watch as watched};

type Render = fn(&[Side<'_>], &mut dyn Write) -> std::io::Result<()>;

const ONLY_PAGES: &str = "what a tap or a watch saw stands beside runs as tables, markdown and html alone; the records \
                          themselves are JSON";

fn made(format: ReportFormat) -> Option<(&'static str, Render)> {
    match format {
        ReportFormat::Tables => Some(("beside.txt", beside::terminal_mixed)),
        ReportFormat::Markdown => Some(("beside.md", beside::markdown_mixed)),
        ReportFormat::Html => Some(("beside.html", html::beside_mixed)),
        _ => None,
    }
}

enum Loaded {
    Run(Box<(Run, Summary)>),
    Tapped(Box<Observed>),
    Watched(Box<Looked>),
}

impl Loaded {
    fn from(path: &Path) -> Result<Self, CliError> {
        if let Some(observed) = tap::recorded(path) {
            return Ok(Self::Tapped(Box::new(observed?)));
        }
        if let Some(looked) = watch::recorded(path) {
            return Ok(Self::Watched(Box::new(looked?)));
        }
        let run = archive::load(path)?;
        let summary = summarise(&run);
        Ok(Self::Run(Box::new((run, summary))))
    }

    fn side<'a>(&'a self, name: &'a str) -> Side<'a> {
        match self {
            Self::Run(run) => Side::Run(Named { name, view: View { record: &run.0, summary: &run.1 } }),
            Self::Tapped(observed) => Side::Sighted(Sighted {
                name,
                by: Sight::Tapped,
                created: &observed.created,
                verdict: tap::sentence(observed),
                read: Box::new(|metric| observed.seen.figure(metric)),
            }),
            Self::Watched(looked) => Side::Sighted(Sighted {
                name,
                by: Sight::Watched,
                created: &looked.created,
                verdict: watched::sentence(&looked.seen),
                read: Box::new(|metric| looked.seen.figure(metric)),
            }),
        }
    }
}

pub(super) fn several(args: &ReportArgs) -> Result<Exit, CliError> {
    let wanted: Option<Vec<_>> = args.format.iter().map(|format| made(*format)).collect();
    let wanted = wanted.ok_or_else(|| CliError::Usage(ONLY_PAGES.to_owned()))?;
    let loaded: Vec<Loaded> = args.records.iter().map(|path| Loaded::from(path)).collect::<Result<_, _>>()?;
    let names: Vec<String> = args.records.iter().map(|path| path.display().to_string()).collect();
    let sides: Vec<Side<'_>> = loaded.iter().zip(&names).map(|(one, name)| one.side(name)).collect();
    fits(beside::width_mixed(&sides), beside::MOST)?;
    let made = wanted.into_iter().map(|(name, render)| (name, text_of(|out| render(&sides, out))));
    written(made, args.out.as_deref())
}
