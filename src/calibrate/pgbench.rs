//! `pgbench`, the yardstick that everybody has.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use secrecy::ExposeSecret;

use super::caller::THREADS;
use crate::pool::Address;
use crate::units::Rate;

/// The program, and the database that it is let loose on.
#[derive(Debug, Clone)]
pub(crate) struct Pgbench {
    program: PathBuf,
    address: Address,
}

impl Pgbench {
    /// `pgbench` beside the server programs, or else on the `PATH`; none when it is in neither
    /// place. It works on the tables that unqualified names mean at this address.
    #[must_use]
    pub(crate) fn find(bin_dir: Option<&Path>, address: &Address) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = bin_dir.map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
        let program = folders.map(|folder| folder.join("pgbench")).find(|program| program.is_file())?;
        Some(Self { program, address: address.clone() })
    }

    /// What it is called with.
    fn arguments(connections: u32, span: Duration) -> [String; 10] {
        let (clients, threads) = (connections.to_string(), THREADS.to_string());
        let seconds = span.as_secs().max(1).to_string();
        // -n: there is nothing to vacuum.
        ["-S", "-n", "-M", "prepared", "-c", &clients, "-j", &threads, "-T", &seconds].map(str::to_owned)
    }

    /// Transactions a second, the time to connect left out.
    pub(super) fn run(&self, connections: u32, span: Duration) -> Result<Rate, String> {
        let passwords = self.password_file().map_err(|fault| fault.to_string())?;
        let mut command = Command::new(&self.program);
        command.args(Self::arguments(connections, span)).stdin(Stdio::null());
        // Nothing of the user's environment, which may hold a password.
        command.env_clear().env("LC_ALL", "C");
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("PGDATABASE", self.address.conninfo()).env("PGPASSFILE", passwords.path());
        let output = command.output().map_err(|fault| fault.to_string())?;
        let told = String::from_utf8_lossy(&output.stdout);
        match rate(&told) {
            Some(rate) if output.status.success() => Ok(rate),
            _ => {
                let words = String::from_utf8_lossy(&output.stderr);
                let mut words = words.lines().map(str::trim).filter(|line| !line.is_empty());
                let last = words.rfind(|line| !line.starts_with("password retrieved from file"));
                Err(self.address.redact(last.unwrap_or("it told no rate")))
            }
        }
    }

    /// A file that no other user can read, and that goes when it is dropped: the system shows
    /// command lines to everybody, and the environment to whoever runs as the same user.
    fn password_file(&self) -> std::io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new()?;
        if let Some(password) = self.address.password() {
            let escaped = password.expose_secret().replace('\\', "\\\\").replace(':', "\\:");
            writeln!(file, "*:*:*:*:{escaped}")?;
        }
        Ok(file)
    }
}

/// The rate in what `pgbench` tells: `tps = 12345.6 (without initial connection time)`, before
/// version 14 `(excluding connections establishing)`, after a line that includes them.
fn rate(told: &str) -> Option<Rate> {
    let mut lines = told.lines().filter_map(|line| line.trim().strip_prefix("tps = "));
    let line = lines.by_ref().rev().find(|line| !line.contains("including"))?;
    Rate::per_second(line.split_whitespace().next()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_old_and_new_versions() {
        let new = "latency average = 0.5 ms\ninitial connection time = 40 ms\n\
                   tps = 38123.4 (without initial connection time)\n";
        let old = "tps = 100.0 (including connections establishing)\n\
                   tps = 120.5 (excluding connections establishing)\n";
        assert_eq!(rate(new).unwrap().as_per_second(), 38123.4);
        assert_eq!(rate(old).unwrap().as_per_second(), 120.5);
        assert_eq!(rate("pgbench: error"), None);
    }

    #[test]
    fn it_is_called_as_the_yardstick_is_known() {
        let arguments = Pgbench::arguments(20, Duration::from_millis(300)).join(" ");
        assert_eq!(arguments, "-S -n -M prepared -c 20 -j 2 -T 1");
    }

    /// Plays `pgbench`: writes down what it was called with and what it could see.
    const STAND_IN: &str = "#!/bin/sh\n\
        folder=$(dirname \"$0\")\n\
        echo \"$@\" >\"$folder/arguments\"; env >\"$folder/environment\"\n\
        cat \"$PGPASSFILE\" >\"$folder/passwords\"; ls -l \"$PGPASSFILE\" >\"$folder/mode\"\n\
        echo 'tps = 7.5 (without initial connection time)'\n";

    #[test]
    fn it_gets_the_password_by_a_private_file_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("pgbench");
        std::fs::write(&program, STAND_IN).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let url = crate::target::DatabaseUrl::new("host=h user=me dbname=db password='s3:cret\\\\tail'");
        let address = Address::parse(&url).unwrap().in_schema("mine");
        let pgbench = Pgbench::find(Some(folder.path()), &address).unwrap();
        assert_eq!(pgbench.run(20, Duration::ZERO).unwrap().as_per_second(), 7.5);
        let seen = |what: &str| std::fs::read_to_string(folder.path().join(what)).unwrap();
        assert_eq!(seen("passwords"), "*:*:*:*:s3\\:cret\\\\tail\n");
        assert!(seen("mode").starts_with("-rw-------"), "{}", seen("mode"));
        let elsewhere = seen("arguments") + &seen("environment");
        assert!(!elsewhere.contains("cret") && !elsewhere.contains("HOME="), "{elsewhere}");
        let place = "PGDATABASE=host='h' port='5432' user='me' dbname='db' sslmode='disable'";
        assert!(elsewhere.contains(place) && elsewhere.contains("search_path=mine"), "{elsewhere}");
        let file = elsewhere.lines().find_map(|line| line.strip_prefix("PGPASSFILE=")).unwrap();
        assert!(!Path::new(file).exists(), "{file}");
    }
}
