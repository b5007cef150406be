//! WHAT IS READ: regular files of a sane size, so that no name on the command line makes poolbench
//! wait for ever or fill the memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// A scenario is some kilobytes.
pub(crate) const MOST_OF_A_SCENARIO: u64 = 1 << 20;

/// A record is some hundred kilobytes; one of many days may have some millions of samples.
pub(crate) const MOST_OF_A_RECORD: u64 = 256 << 20;

/// Reads the text of a regular file of at most so many bytes.
///
/// # Errors
/// When the file cannot be read, is no regular file, is larger, or is no UTF-8.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // A file may grow while it is read, and some files of the system have no length.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    String::from_utf8(bytes).map_err(|fault| {
        other(format!("it is no text: byte {} is no UTF-8", fault.utf8_error().valid_up_to()))
    })
}

fn open(path: &Path) -> io::Result<File> {
    // Without this flag a FIFO that nobody writes to would be waited for.
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let kind = file.metadata()?.file_type();
    let what = match kind {
        kind if kind.is_file() => return Ok(file),
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(other(format!("it is {what}, and only a file is read")))
}

fn too_large(most: u64) -> io::Error {
    other(format!("it is larger than {} MiB", most >> 20))
}

fn other(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path, most: u64) -> String {
        read_text(path, most).unwrap_err().to_string()
    }

    #[test]
    fn only_a_regular_file_of_a_sane_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "seven b").unwrap();
        assert_eq!(read_text(&file, 7).unwrap(), "seven b");
        assert!(refused(&file, 6).contains("larger"));
        std::fs::write(&file, b"ab\xff").unwrap();
        assert!(refused(&file, 7).contains("byte 2 is no UTF-8"));
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        assert!(refused(&pipe, 7).contains("a pipe"));
        assert!(refused(Path::new("/dev/zero"), 7).contains("a device"));
        assert!(refused(folder.path(), 7).contains("a folder"));
        assert!(read_text(&folder.path().join("none"), 7).is_err());
    }
}
