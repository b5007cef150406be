//! The folder of a run: `reports/<time>-<scenario>/`, with `reports/latest` pointing to the
//! newest.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::exit::CliError;

/// Makes the folder of a run before the load starts, so that a run never ends with nowhere to go.
pub(super) fn make_folder(out: &Path, scenario: &str) -> Result<PathBuf, CliError> {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let stamp: String = now.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let name: String =
        scenario.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    for attempt in 0_u32.. {
        let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        let folder = out.join(format!("{stamp}-{name}{suffix}"));
        let made = std::fs::create_dir_all(out).and_then(|()| std::fs::create_dir(&folder));
        match made {
            Ok(()) => return Ok(folder),
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 => {}
            Err(source) => return Err(unwritable(&folder)(source)),
        }
    }
    Err(CliError::Unexpected("no free name for the run's folder".into()))
}

/// Points `latest` to a run's folder. By a rename, so that it always points somewhere.
pub(super) fn point_latest(out: &Path, folder: &Path) -> Result<(), CliError> {
    let Some(name) = folder.file_name() else { return Ok(()) };
    let latest = out.join("latest");
    let fresh = out.join(format!(".latest-{}", std::process::id()));
    std::os::unix::fs::symlink(name, &fresh)
        .and_then(|()| std::fs::rename(&fresh, &latest))
        .map_err(unwritable(&latest))
}

/// Writes one file of a report.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(unwritable(path))
}

pub(super) fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> CliError + use<> {
    let what = path.display().to_string();
    move |source| CliError::Write { what, source }
}
