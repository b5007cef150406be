//! Saving and loading a record: by a temporary file and a rename, so that a reader never sees
//! half of one.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::wire::RunRecord;
use super::{Run, VERSION};
use crate::files;

/// The name of the file in a report's folder.
pub const RECORD_FILE: &str = "record.json";

/// Why a record cannot be saved or loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be written.
    #[error("cannot write the record to {path}: {source}; name another folder with --out")]
    Unwritable {
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read {path}: {source}; name a record.json or the folder that holds it")]
    Unreadable {
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no record.
    #[error("{path} is not a poolbench record: {reason}")]
    NotARecord {
        /// Path of the file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Saves a record as `record.json` in a folder, which must exist.
///
/// # Errors
/// When the folder cannot be written.
pub fn save(run: &Run, folder: &Path) -> Result<PathBuf, StoreError> {
    save_as(RECORD_FILE, folder, &RunRecord::from(run))
}

/// Writes a text to a file in this folder, and a line feed after it.
pub(super) fn put(text: &str, path: &Path, folder: &Path) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".record-").suffix(".json").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    readable(file.as_file())?;
    file.persist(path).map_err(|fault| fault.error)?;
    Ok(())
}

/// Saves a record in the file of its kind in a folder, which must exist.
pub(super) fn save_as(
    name: &str,
    folder: &Path,
    record: &impl serde::Serialize,
) -> Result<PathBuf, StoreError> {
    let path = folder.join(name);
    let stored = serde_json::to_string(record).map_err(std::io::Error::from);
    match stored.and_then(|text| put(&text, &path, folder)) {
        Ok(()) => Ok(path),
        Err(source) => Err(StoreError::Unwritable { path, source }),
    }
}

/// Loads one from its file, or from the folder that holds a file of this name.
pub(super) fn load_as<T>(
    name: &str,
    path: &Path,
    decode: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, StoreError> {
    let path = if path.is_dir() { path.join(name) } else { path.to_owned() };
    let text = read(&path)?;
    decode(&text).map_err(|reason| StoreError::NotARecord { path, reason })
}

/// A temporary file is private; a record is as readable as any file that its user writes.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

/// Loads a record from its file, or from the folder that holds it.
///
/// # Errors
/// When the file cannot be read, is no record, or is of a newer version.
pub fn load(path: &Path) -> Result<Run, StoreError> {
    load_as(RECORD_FILE, path, decode)
}

/// Decodes the text of a record and checks it: what comes back may be calculated with.
///
/// # Errors
/// In words, when the text is no record, is of a newer version, or a field of it is not sound, which
/// is named with its path.
pub fn decode(text: &str) -> Result<Run, String> {
    let record = versioned(text, VERSION)?;
    super::decode::run(record).map_err(|fault| fault.to_string())
}

/// The text of a record, in the newest version of the format.
///
/// # Errors
/// When it holds what JSON cannot say.
pub fn encode(run: &Run) -> Result<String, serde_json::Error> {
    serde_json::to_string(&RunRecord::from(run))
}

/// A run as it comes back from its stored form, which keeps fewer digits of histograms.
#[must_use]
pub fn as_stored(run: Run) -> Run {
    let stored = encode(&run).ok().and_then(|text| decode(&text).ok());
    stored.unwrap_or(run)
}

/// The text of a file that may be a record.
pub(super) fn read(path: &Path) -> Result<String, StoreError> {
    files::read_text(path, files::MOST_OF_A_RECORD)
        .map_err(|source| StoreError::Unreadable { path: path.to_owned(), source })
}

/// What every version of a format has; the rest may be anything.
#[derive(Deserialize)]
struct Version {
    version: Option<u64>,
}

/// Decodes a text whose format has a version, up to the newest that is known.
pub(super) fn versioned<T: serde::de::DeserializeOwned>(text: &str, newest: u32) -> Result<T, String> {
    // The version first: a newer format has fields that this one does not know.
    match serde_json::from_str(text).map_err(|fault| fault.to_string())? {
        Version { version: None } => Err("it has no version".to_owned()),
        Version { version: Some(version) } if version > u64::from(newest) => {
            Err(format!("its version is {version}, and this poolbench reads up to {newest}"))
        }
        Version { version: Some(_) } => serde_json::from_str(text).map_err(|fault| fault.to_string()),
    }
}
