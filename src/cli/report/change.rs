//! What a record is set beside where there is a baseline of it: the one that was named, or the only one of its
//! scenario among those next to it.

use std::path::{Path, PathBuf};

use crate::archive::{self, Run};
use crate::cli::exit::CliError;
use crate::cli::{baseline, gate::sheet};
use crate::gate::{Changes, Sheet, changes};

/// Where the baseline of a record is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Baselines {
    /// This one, by its name, its file, or as a record.
    Named(PathBuf),
    /// Whichever is the only one of the scenario in this folder.
    Among(PathBuf),
}

/// The folder of the baselines, next to those of the runs.
const FOLDER: &str = "baselines";

impl Baselines {
    /// The one that was named, or those next to a record or its folder.
    pub(in crate::cli) fn beside(record: &Path, named: Option<&Path>) -> Self {
        if let Some(named) = named {
            return Self::Named(named.to_owned());
        }
        let own = if record.is_dir() { Some(record) } else { record.parent() };
        // A link such as `latest` is followed, and `.` has no parent by its name.
        let own = own.map(|own| if own.as_os_str().is_empty() { Path::new(".") } else { own });
        let own = own.and_then(|own| own.canonicalize().ok());
        Self::Among(own.and_then(|own| Some(own.parent()?.join(FOLDER))).unwrap_or_default())
    }

    /// The change of a run against its baseline; nothing where there is none.
    ///
    /// # Errors
    /// When the one that was named cannot be read.
    pub(in crate::cli) fn changes(&self, run: &Run) -> Result<Option<Changes>, CliError> {
        let found = match self {
            Self::Named(name) => Some(baseline::find(name).map_err(CliError::Usage)?),
            Self::Among(folder) => only_one(folder, run),
        };
        // As it is found on disk, so that the report says the same to the last digit whenever it is made.
        Ok(found.map(|found| changes(&sheet(&archive::as_stored(run.clone()), ""), &found)))
    }
}

/// The baseline of this scenario in a folder, where there is one and no more. What was saved from this very run is
/// none.
fn only_one(folder: &Path, run: &Run) -> Option<Sheet> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let mut fitting = files.filter_map(|path| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let sheet = baseline::find(&path).ok()?;
        let fits = sheet.scenario == run.plan.scenario && sheet.created != run.created;
        fits.then_some(Sheet { name, ..sheet })
    });
    let one = fitting.next()?;
    fitting.next().is_none().then_some(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::gate::encode;

    #[test]
    fn the_only_baseline_of_the_scenario_is_found_next_to_the_record() {
        let reports = tempfile::tempdir().unwrap();
        let (own, baselines) = (reports.path().join("run"), reports.path().join(FOLDER));
        std::fs::create_dir_all(&own).unwrap();
        let run = record();
        let found = |named: Option<&Path>| {
            Baselines::beside(&own.join("record.json"), named)
                .changes(&run)
                .map(|it| it.map(|it| it.baseline))
        };
        assert_eq!(found(None).unwrap(), None);
        std::fs::create_dir_all(&baselines).unwrap();
        let save = |name: &str, created: &str, scenario: &str| {
            let sheet =
                Sheet { created: created.to_owned(), scenario: scenario.to_owned(), ..sheet(&run, name) };
            std::fs::write(baselines.join(format!("{name}.json")), encode(&sheet)).unwrap();
        };
        save("self", &run.created, &run.plan.scenario);
        save("other", "2026-01-01T00:00:00Z", "another");
        std::fs::write(baselines.join("broken.json"), "{").unwrap();
        assert_eq!(found(None).unwrap(), None);
        save("main", "2026-01-01T00:00:00Z", &run.plan.scenario);
        assert_eq!(found(None).unwrap().as_deref(), Some("main"));
        save("second", "2026-01-02T00:00:00Z", &run.plan.scenario);
        // Which one is meant nobody knows.
        assert_eq!(found(None).unwrap(), None);
        assert!(found(Some(&baselines.join("second.json"))).unwrap().is_some());
        assert!(found(Some(Path::new("nowhere"))).is_err());
    }
}
