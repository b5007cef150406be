//! Tells the crate which versions of the pool libraries are compiled in: by the lock file of the
//! workspace that is built, which is another one than ours where poolbench is a dependency.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/pool/lock.rs"]
mod lock;

/// Crates whose versions are told, and the variables that tell them.
const TOLD: [(&str, &str); 4] = [
    ("sqlx", "POOLBENCH_SQLX"),
    ("deadpool-postgres", "POOLBENCH_DEADPOOL_POSTGRES"),
    ("bb8", "POOLBENCH_BB8"),
    ("tokio-postgres", "POOLBENCH_TOKIO_POSTGRES"),
];

fn main() {
    for file in ["build.rs", "src/pool/lock.rs", "Cargo.toml"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let folder = |name| env::var_os(name).map(PathBuf::from).unwrap_or_default();
    let (made, ours) = (folder("OUT_DIR"), folder("CARGO_MANIFEST_DIR"));
    let lock = lock_of_the_workspace(&made).or_else(|| lock_of_our_own(&ours));
    if let Some((path, _)) = &lock {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    let manifest = fs::read_to_string(ours.join("Cargo.toml")).unwrap_or_default();
    for (name, variable) in TOLD {
        let locked = lock.as_ref().and_then(|(_, text)| version(text, name));
        let told = locked.unwrap_or_else(|| match lock::asked_for(&manifest, name) {
            Some(asked_for) => format!("^{asked_for} (as asked for)"),
            None => "of unknown version".to_owned(),
        });
        println!("cargo:rustc-env={variable}={told}");
    }
}

/// The first lock file above the place that is built into which has this package.
fn lock_of_the_workspace(made: &Path) -> Option<(PathBuf, String)> {
    made.ancestors().find_map(|folder| usable(folder.join("Cargo.lock")))
}

/// The lock file beside our manifest; but not in a registry or a checkout of Cargo's, where it is not
/// the one that is built with.
fn lock_of_our_own(ours: &Path) -> Option<(PathBuf, String)> {
    let cargo = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))?;
    let foreign = ["registry", "git"].iter().any(|kind| ours.starts_with(cargo.join(kind)));
    if foreign { None } else { usable(ours.join("Cargo.lock")) }
}

fn usable(path: PathBuf) -> Option<(PathBuf, String)> {
    let text = fs::read_to_string(&path).ok()?;
    version(&text, "sqlx").is_some().then_some((path, text))
}

/// The version of a dependency of this package.
fn version(lock: &str, dependency: &str) -> Option<String> {
    let variable = |name| env::var(name).unwrap_or_default();
    let owner = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    lock::locked(lock, (&owner.0, &owner.1), dependency)
}
