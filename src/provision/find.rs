//! Where the server programs are on this machine.
//!
//! Distributions keep `initdb` and `postgres` out of `PATH`, each in its own place, often in
//! several versions: the newest is taken, unless `PG_BINDIR` or `PATH` name one.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::process::bare;
use super::{ProvisionError, ServerKind};

/// Where packages put Postgres; `*` stands for what holds the version.
const PLACES: [&str; 11] = [
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                   // RHEL and its like, from postgresql.org
    "/usr/lib/postgresql*/bin",                           // SUSE
    "/usr/libexec/postgresql*",                           // Alpine
    "/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
    "/Library/PostgreSQL/*/bin",                          // EDB on macOS
    "/opt/PostgreSQL/*/bin",                              // EDB on Linux
    "/usr/local/pgsql/bin",                               // built from source
];

/// The folder that holds `initdb` and `postgres`.
pub(super) fn postgres(account: Option<&Account>) -> Result<PathBuf, ProvisionError> {
    if let Some(folder) = env::var_os("PG_BINDIR").filter(|value| !value.is_empty()).map(PathBuf::from) {
        // Absolute, because servers run in another folder than poolbench.
        return match fs::canonicalize(&folder) {
            Ok(folder) if holds_postgres(&folder) => reachable(ServerKind::Postgres, [folder], account),
            _ => Err(ProvisionError::BinDir(folder)),
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = true_folders(&path)
        .chain(newest_first(Path::new("/"), &PLACES))
        // Asked last, and only if it comes to that: it costs a process.
        .chain(std::iter::once_with(pg_config).flatten());
    reachable(ServerKind::Postgres, folders.filter(|folder| holds_postgres(folder)), account)
}

/// The program `redis-server`, or `valkey-server`, which speaks the same protocol.
pub(super) fn redis(account: Option<&Account>) -> Result<PathBuf, ProvisionError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let programs = ["redis-server", "valkey-server"].into_iter().flat_map(|name| on_path(&path, name));
    reachable(ServerKind::Redis, programs, account)
}

/// The program `pgbouncer`. Debian keeps it where only root's path leads.
pub(super) fn pgbouncer(account: Option<&Account>) -> Result<PathBuf, ProvisionError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let elsewhere = ["/usr/sbin", "/usr/local/sbin"].map(|folder| Path::new(folder).join("pgbouncer"));
    let programs =
        on_path(&path, "pgbouncer").chain(elsewhere.into_iter().filter(|program| is_program(program)));
    reachable(ServerKind::PgBouncer, programs, account)
}

/// The first of the candidates that the account can use.
fn reachable(
    kind: ServerKind,
    candidates: impl IntoIterator<Item = PathBuf>,
    account: Option<&Account>,
) -> Result<PathBuf, ProvisionError> {
    let mut fault = ProvisionError::NotFound(kind);
    for candidate in candidates {
        match account {
            Some(account) if !account.can_reach(&candidate) => {
                fault = ProvisionError::OutOfReach {
                    kind,
                    folder: candidate,
                    account: account.name().to_owned(),
                };
            }
            _ => return Ok(candidate),
        }
    }
    Err(fault)
}

fn holds_postgres(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| is_program(&folder.join(program)))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Every program of that name on the path, links as they are: Debian's `redis-server` is a link
/// to another program, which goes by the name that it is called by.
fn on_path(path: &OsStr, name: &'static str) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).filter(|folder| folder.is_absolute()).collect();
    folders.into_iter().map(move |folder| folder.join(name)).filter(|program| is_program(program))
}

/// The folders behind each `postgres` on the path, which often is only a link into the folder that
/// holds all the programs.
fn true_folders(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    on_path(path, "postgres").filter_map(|program| Some(fs::canonicalize(program).ok()?.parent()?.to_owned()))
}

fn pg_config() -> Option<PathBuf> {
    let output = bare("pg_config").arg("--bindir").output().ok()?;
    let folder = Path::new(OsStr::from_bytes(output.stdout.trim_ascii())).to_owned();
    folder.is_absolute().then_some(folder)
}

/// All folders that fit one of the patterns, the newest version first.
fn newest_first(root: &Path, patterns: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<(Vec<u32>, PathBuf)> =
        patterns.iter().flat_map(|pattern| expand(root, pattern)).collect();
    // Stable, so equal versions stay in the order of the patterns.
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The folders that fit a pattern with at most one `*`, each with the version that `*` stood for.
fn expand(root: &Path, pattern: &str) -> Vec<(Vec<u32>, PathBuf)> {
    let pattern = pattern.trim_start_matches('/');
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![(Vec::new(), root.join(pattern))];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let after = after.trim_start_matches('/');
    // A set, because the order in which a folder lists its entries is nobody's promise.
    let names: BTreeSet<OsString> = fs::read_dir(root.join(parent))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    names
        .into_iter()
        .filter_map(|name| {
            let version = version(name.to_str()?.strip_prefix(prefix)?)?;
            let folder = root.join(parent).join(name);
            Some((version, if after.is_empty() { folder } else { folder.join(after) }))
        })
        .collect()
}

/// Reads `17`, `9.6` or `16beta1` (as 16): the numbers compare as versions do.
fn version(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn program(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn the_newest_version_comes_first_across_all_places() {
        let root = tempfile::tempdir().unwrap();
        for folder in [
            "usr/lib/postgresql/9.6/bin",
            "usr/lib/postgresql/15/bin",
            "usr/lib/postgresql/common/bin",
            "usr/pgsql-17/bin",
            "usr/libexec/postgresql16",
            "opt/homebrew/opt/postgresql@14/bin",
        ] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let found = newest_first(root.path(), &PLACES);
        let found: Vec<_> =
            found.iter().map(|folder| folder.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(
            found,
            [
                "usr/pgsql-17/bin",
                "usr/libexec/postgresql16",
                "usr/lib/postgresql/15/bin",
                "opt/homebrew/opt/postgresql@14/bin",
                "usr/lib/postgresql/9.6/bin",
                "usr/local/pgsql/bin",
            ]
        );
    }

    #[test]
    fn a_link_on_the_path_leads_to_the_true_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        program(&root.join("true/postgres"));
        fs::create_dir(root.join("links")).unwrap();
        symlink(root.join("true/postgres"), root.join("links/postgres")).unwrap();
        let path = env::join_paths([root.join("links"), PathBuf::from("relative")]).unwrap();
        assert_eq!(on_path(&path, "postgres").collect::<Vec<_>>(), [root.join("links/postgres")]);
        assert_eq!(true_folders(&path).collect::<Vec<_>>(), [root.join("true")]);
        assert!(!holds_postgres(&root.join("true")), "initdb is missing");
        program(&root.join("true/initdb"));
        assert!(holds_postgres(&root.join("true")));
    }

    #[test]
    fn what_nobody_has_is_reported_with_the_three_ways_out() {
        let fault = reachable(ServerKind::Postgres, [], None).unwrap_err().to_string();
        for way in ["apt-get install -y postgresql", "brew install", "--database-url", "docker compose up"] {
            assert!(fault.contains(way), "{fault}");
        }
    }
}
