//! Whose account a server runs as: one's own, or as root another one, since Postgres refuses root.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::ProvisionError;
use super::process::bare;

/// An account that root hands its servers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    name: &'static str,
    user: u32,
    group: u32,
}

impl Account {
    /// The account to drop to, or nothing when there is no need to because we are not root.
    pub(super) fn for_servers() -> Result<Option<Self>, ProvisionError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some(Self { name, user: id("-u", name)?, group: id("-g", name)? }))
            .map(Some)
            .ok_or(ProvisionError::NoAccount)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Lets a command run as this account.
    pub(super) fn run(&self, command: &mut Command) {
        // With a user given, the standard library also drops root's supplementary groups.
        command.uid(self.user).gid(self.group);
    }

    /// Makes this account the owner of a file or folder.
    pub(super) fn own(&self, path: &Path) -> Result<(), ProvisionError> {
        chown(path, Some(self.user), Some(self.group))
            .map_err(ProvisionError::io("hand the private folder to the account of the server"))
    }

    /// Whether this account can enter a folder, or run a program, and every folder above it.
    pub(super) fn can_reach(&self, path: &Path) -> bool {
        fs::canonicalize(path).is_ok_and(|path| {
            path.ancestors().all(|part| fs::metadata(part).is_ok_and(|found| self.may_execute(&found)))
        })
    }

    fn may_execute(&self, found: &Metadata) -> bool {
        let bit = if found.uid() == self.user {
            0o100
        } else if found.gid() == self.group {
            0o010
        } else {
            0o001
        };
        found.mode() & bit != 0
    }
}

/// Asks `id`, which knows every directory of accounts that the system uses, not just one file.
fn id(what: &str, name: &str) -> Option<u32> {
    let output = bare("id").args([what, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_closed_folder_above_is_enough_to_be_out_of_reach() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger = Account { name: "stranger", user: 54_321, group: 54_321 };
        let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

        open(&inner, 0o755);
        open(outer.path(), 0o700);
        assert!(!stranger.can_reach(&inner));
        open(outer.path(), 0o711);
        assert!(stranger.can_reach(&inner));
        open(&inner, 0o700);
        assert!(!stranger.can_reach(&inner));
        assert!(!stranger.can_reach(&inner.join("missing")));
    }
}
