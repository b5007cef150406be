//! The runs of a folder: a headline beside each, a list of them, and a page that links to their reports.

use crate::report::lang::{key, say, word};
use std::io::Write;
use std::path::Path;

use super::exit::CliError;
use super::{output, store};
use crate::archive::observed::{OBSERVED_FILE, Observed};
use crate::archive::{self, Headline, RECORD_FILE, RunKind, Source};
use crate::inert::inert;
use crate::report::{self, Listed, View};

/// Notes beside a report what is told of its run in a list.
pub(super) fn note(view: View<'_>, folder: &Path) -> Result<(), CliError> {
    let run = view.record;
    let kind = match run.source {
        Source::Measured => RunKind::Measured,
        Source::Simulated => RunKind::Simulated,
    };
    Headline::new(&run.created, kind, &run.plan.scenario, report::sentence(view)).save(folder)?;
    Ok(())
}

/// The same of what a tap saw.
pub(super) fn note_tap(observed: &Observed, verdict: String, folder: &Path) -> Result<(), CliError> {
    Headline::new(&observed.created, RunKind::Tapped, "tap", verdict).save(folder)?;
    Ok(())
}

/// The page that links to the reports of a folder.
const INDEX: &str = "index.html";

/// Writes the page anew. One that somebody else has put there stays.
pub(super) fn index(out: &Path) -> Result<(), CliError> {
    let path = out.join(INDEX);
    let ours = std::fs::read_to_string(&path).is_ok_and(|page| page.contains(report::html::INDEX_MARK));
    if path.symlink_metadata().is_ok() && !ours {
        return Ok(());
    }
    let mut page = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::html::index(&listed(out), &mut page);
    store::write_whole(&path, &page)
}

/// The runs of a folder, newest first.
pub(super) fn list(out: &Path) -> Result<(), CliError> {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::terminal::runs(&listed(out), &mut text);
    if text.is_empty() {
        let _ =
            writeln!(text, "{}", say!("no runs in {folder} yet", folder = inert(&out.display().to_string())));
    }
    output::print(&text)
}

fn listed(out: &Path) -> Vec<Listed> {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    // A link such as `latest` names a run that is there already.
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut listed: Vec<Listed> = folders.filter_map(|entry| of_folder(&entry.path())).collect();
    listed.sort_by(|a, b| (&b.headline.created, &b.folder).cmp(&(&a.headline.created, &a.folder)));
    listed
}

/// The run of a folder; nothing where there is none. One whose report was not made yet is told from its record.
fn of_folder(path: &Path) -> Option<Listed> {
    let folder = path.file_name()?.to_str()?.to_owned();
    let headline = match Headline::load(path) {
        Ok(headline) => headline,
        Err(_) if path.join(RECORD_FILE).is_file() => match archive::load(path) {
            Ok(run) => {
                let kind = match run.source {
                    Source::Measured => RunKind::Measured,
                    Source::Simulated => RunKind::Simulated,
                };
                Headline::new(&run.created, kind, &run.plan.scenario, word(NO_REPORT).to_owned())
            }
            Err(fault) => Headline::new("", RunKind::Measured, &folder, fault.to_string()),
        },
        Err(_) if path.join(OBSERVED_FILE).is_file() => {
            Headline::new("", RunKind::Tapped, &folder, word(NO_REPORT).to_owned())
        }
        Err(_) => return None,
    };
    let has_report = path.join("report.html").is_file();
    Some(Listed { folder, headline, has_report })
}

const NO_REPORT: &str = key("no report yet: poolbench report makes it");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_listed_newest_first_and_a_foreign_page_stays() {
        let out = tempfile::tempdir().unwrap();
        for (folder, created) in [("a", "2026-11-22T10:00:00Z"), ("b", "2026-11-23T10:00:00Z")] {
            let path = out.path().join(folder);
            std::fs::create_dir(&path).unwrap();
            Headline::new(created, RunKind::Simulated, "<b>x</b>", format!("verdict of {folder}"))
                .save(&path)
                .unwrap();
        }
        std::fs::create_dir(out.path().join("empty")).unwrap();
        let names = |listed: &[Listed]| listed.iter().map(|it| it.folder.clone()).collect::<Vec<_>>();
        assert_eq!(names(&listed(out.path())), ["b", "a"]);
        index(out.path()).unwrap();
        let page = std::fs::read_to_string(out.path().join(INDEX)).unwrap();
        assert!(page.find("verdict of b").unwrap() < page.find("verdict of a").unwrap(), "{page}");
        assert!(!page.contains("<b>x") && page.contains("simulated"), "{page}");
        index(out.path()).unwrap();
        std::fs::write(out.path().join(INDEX), "somebody's").unwrap();
        index(out.path()).unwrap();
        assert_eq!(std::fs::read_to_string(out.path().join(INDEX)).unwrap(), "somebody's");
    }
}
