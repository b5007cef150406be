//! Which version of a dependency was compiled in, by the text of a lock file; and which one a manifest
//! asks for. The build script includes this file, and the tests of the crate do.

/// Of the package `owner` of this version, the version that a lock file gives its dependency; none where
/// the lock has no such package or no such dependency.
pub(crate) fn locked(lock: &str, owner: (&str, &str), dependency: &str) -> Option<String> {
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    let is = |package: &str, name: &str| value(package, "name").as_deref() == Some(name);
    let owned = packages
        .iter()
        .find(|package| is(package, owner.0) && value(package, "version").as_deref() == Some(owner.1))?;
    // `"name"`, or `"name version"` where the lock has several, or with its source after them.
    let (_, list) = owned.split_once("dependencies = [")?;
    let (list, _) = list.split_once(']')?;
    let mut entries = list.lines().map(|line| line.trim().trim_end_matches(',').trim_matches('"'));
    let entry = entries.find(|entry| entry.split(' ').next() == Some(dependency))?;
    match entry.split(' ').nth(1) {
        Some(version) => Some(version.to_owned()),
        None => value(packages.iter().find(|package| is(package, dependency))?, "version"),
    }
}

/// The version that a manifest asks for, as it is written or as Cargo writes it for a registry.
pub(crate) fn asked_for(manifest: &str, dependency: &str) -> Option<String> {
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
        } else if table.strip_prefix("dependencies.") == Some(dependency) {
            if let Some(version) = value(line, "version") {
                return Some(version);
            }
        } else if table == "dependencies"
            && let Some((name, asked)) = line.split_once('=')
            && name.trim() == dependency
        {
            let asked = asked.trim();
            let inline = asked.trim_matches(['{', '}']).split(',');
            return quoted(asked).or_else(|| inline.filter_map(|item| value(item.trim(), "version")).next());
        }
    }
    None
}

/// The text that a key has at the start of a line.
fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| quoted(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim()))
}

fn quoted(text: &str) -> Option<String> {
    Some(text.strip_prefix('"')?.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "pool"
version = "0.13.1"

[[package]]
name = "pool"
version = "0.14.7"
dependencies = [
 "tokio",
]

[[package]]
name = "tokio"
version = "1.54.1"

[[package]]
name = "ours"
version = "0.2.0"
dependencies = [
 "pool 0.14.7",
 "tokio",
]

[[package]]
name = "ours"
version = "0.1.0"
dependencies = [
 "pool 0.13.1 (registry+https://github.com/rust-lang/crates.io-index)",
 "tokio",
]
"#;

    #[test]
    fn of_several_versions_the_one_that_the_owner_has_is_told() {
        let told = |version, dependency| locked(LOCK, ("ours", version), dependency);
        assert_eq!(told("0.1.0", "pool").as_deref(), Some("0.13.1"));
        assert_eq!(told("0.2.0", "pool").as_deref(), Some("0.14.7"));
        assert_eq!(told("0.1.0", "tokio").as_deref(), Some("1.54.1"));
        assert_eq!(told("0.1.0", "poo"), None);
        assert_eq!(told("0.3.0", "pool"), None);
        assert_eq!(locked(LOCK, ("tokio", "1.54.1"), "pool"), None);
    }

    #[test]
    fn a_manifest_says_what_it_asks_for_in_three_ways() {
        let manifest = r#"
[package]
name = "ours"
version = "0.1.0"

[dependencies]
tokio = "1.54.1"
pool = { default-features = false, version = "0.13.1", features = ["rt"] }

[dependencies.sql]
version = "0.9.0"
default-features = false

[dev-dependencies]
other = "1"
"#;
        assert_eq!(asked_for(manifest, "tokio").as_deref(), Some("1.54.1"));
        assert_eq!(asked_for(manifest, "pool").as_deref(), Some("0.13.1"));
        assert_eq!(asked_for(manifest, "sql").as_deref(), Some("0.9.0"));
        assert_eq!(asked_for(manifest, "other"), None);
    }

    #[test]
    fn our_own_lock_file_and_manifest_are_read() {
        let root = env!("CARGO_MANIFEST_DIR");
        let text = |name: &str| std::fs::read_to_string(format!("{root}/{name}")).unwrap();
        let owner = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        for dependency in ["sqlx", "deadpool-postgres", "tokio-postgres"] {
            let locked = locked(&text("Cargo.lock"), owner, dependency).unwrap();
            let asked_for = asked_for(&text("Cargo.toml"), dependency).unwrap();
            let minor = |version: &str| version.rsplit_once('.').unwrap().0.to_owned();
            assert_eq!(minor(&locked), minor(&asked_for), "{dependency}");
        }
    }
}
