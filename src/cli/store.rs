//! The folder of a run: `reports/<time>-<scenario>/`, with `reports/latest` pointing to the newest that was measured,
//! and `reports/latest-simulated` to the newest of the twin.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::exit::CliError;
use crate::inert::inert;

/// Makes the folder of a run before the load starts, so that a run never ends with nowhere to go.
/// Empty folders that killed runs left are removed.
pub(super) fn make_folder(out: &Path, scenario: &str) -> Result<PathBuf, CliError> {
    fs::create_dir_all(out).map_err(unwritable(out))?;
    sweep(out);
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let stamp: String = now.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let name: String =
        scenario.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect();
    for attempt in 0..100 {
        let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        let folder = out.join(format!("{stamp}-{name}{suffix}"));
        match fs::create_dir(&folder).and_then(|()| hold(&folder)) {
            Ok(FolderLock::Ours) => return Ok(folder),
            // Another run took it for a dead one's.
            Ok(FolderLock::Gone) => {}
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(unwritable(&folder)(source)),
        }
    }
    Err(CliError::Unexpected("no free name for the run's folder".into()))
}

/// Folders of this process, locked for as long as it lives: an unlocked one is a dead run's.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Whether a new folder was there to be held.
#[derive(Debug, PartialEq, Eq)]
enum FolderLock {
    Ours,
    Gone,
}

fn hold(folder: &Path) -> io::Result<FolderLock> {
    let Ok(handle) = File::open(folder) else { return Ok(FolderLock::Gone) };
    // Where a file system knows no locks, nobody sweeps either.
    let _ = flock(&handle, FlockOperation::LockExclusive);
    let (ours, there) = (handle.metadata()?, fs::metadata(folder));
    if there.is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino())) {
        if let Ok(mut held) = HELD.lock() {
            held.push(handle);
        }
        return Ok(FolderLock::Ours);
    }
    Ok(FolderLock::Gone)
}

/// Removes folders of runs that were killed before they had anything to keep. What cannot be removed
/// is only in the way, so no failure is told.
fn sweep(out: &Path) {
    for entry in fs::read_dir(out).into_iter().flatten().flatten() {
        let stamped = entry.file_name().to_str().is_some_and(is_stamped);
        if !stamped || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(handle) = File::open(entry.path()) else { continue };
        // The lock is held while the folder goes. One that holds anything does not go.
        if flock(&handle, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Whether a name begins as [`make_folder`] makes them: `20261122T100000Z-`.
fn is_stamped(name: &str) -> bool {
    let pattern = "00000000T000000Z-";
    name.len() >= pattern.len()
        && name.bytes().zip(pattern.bytes()).all(|(is, asked)| match asked {
            b'0' => is.is_ascii_digit(),
            other => is == other,
        })
}

/// The link to the newest run that was measured.
pub(super) const LATEST: &str = "latest";
/// The link to the newest run that was simulated.
pub(super) const LATEST_SIMULATED: &str = "latest-simulated";

/// Points a link to a run's folder. By a rename, so that it always points somewhere. What somebody
/// else has put there under this name stays.
pub(super) fn point(out: &Path, folder: &Path, link: &str) -> Result<(), CliError> {
    let Some(name) = folder.file_name() else { return Ok(()) };
    let latest = out.join(link);
    if fs::symlink_metadata(&latest).is_ok_and(|there| !there.is_symlink()) {
        let (latest, folder) = (latest.display().to_string(), folder.display().to_string());
        let _ = writeln!(
            anstream::stderr().lock(),
            "poolbench: {} is no link of poolbench's and is left as it is; the report is in {}",
            inert(&latest),
            inert(&folder),
        );
        return Ok(());
    }
    let fresh = out.join(format!(".latest-{}", std::process::id()));
    std::os::unix::fs::symlink(name, &fresh)
        .and_then(|()| fs::rename(&fresh, &latest))
        .inspect_err(|_| drop(fs::remove_file(&fresh)))
        .map_err(unwritable(&latest))
}

/// Makes a folder, where there is none yet.
pub(super) fn make(folder: &Path) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(unwritable(folder))
}

/// Writes one file of a report.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    fs::write(path, bytes).map_err(unwritable(path))
}

/// Writes a file by a temporary one and a rename, so that a reader never sees half of it.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // A temporary file is private; this one is as readable as any that its user writes.
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
        file.persist(path).map_err(|fault| fault.error)
    });
    written.map(drop).map_err(unwritable(path))
}

pub(super) fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> CliError + use<> {
    let what = path.display().to_string();
    move |source| CliError::Write { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_folders_of_dead_runs_go_and_all_others_stay() {
        let out = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = out.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let dead = folder("20261122T100000Z-checkout");
        let full = folder("20261122T100001Z-checkout");
        fs::write(full.join("record.json"), "{}").unwrap();
        let foreign = ["mine", "20261122", "20261122T10000xZ-x", "2026112éT100000Z-x"].map(folder);
        let alive = folder("20261122T100002Z-checkout");
        let lock = File::open(&alive).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        let made = make_folder(out.path(), "check out").unwrap();
        assert!(made.to_string_lossy().ends_with("Z-check-out"), "{}", made.display());
        assert!(!dead.exists());
        assert!(full.exists() && alive.exists() && foreign.iter().all(|path| path.exists()));
        // A second run at the same instant leaves the first one's folder alone.
        let other = make_folder(out.path(), "check out").unwrap();
        assert!(other != made && made.exists());
    }

    #[test]
    fn a_real_folder_named_latest_is_left_as_it_is() {
        let out = tempfile::tempdir().unwrap();
        let run = out.path().join("run");
        fs::create_dir(&run).unwrap();
        point(out.path(), &run, LATEST).unwrap();
        assert_eq!(fs::read_link(out.path().join("latest")).unwrap(), Path::new("run"));
        fs::remove_file(out.path().join("latest")).unwrap();
        fs::create_dir(out.path().join("latest")).unwrap();
        point(out.path(), &run, LATEST).unwrap();
        assert!(out.path().join("latest").is_dir());
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 2);
    }
}
