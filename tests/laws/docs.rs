//! The documents agree with the code.

use std::path::Path;

use poolbench::scenario::{BUILTIN, KEYS, MEASURES};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

#[test]
fn the_scenario_guide_explains_every_key() {
    let guide = read("scenarios/README.md");
    let mut section = None;
    let mut explained = Vec::new();
    for line in guide.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = match heading.split('`').nth(1) {
                None if heading.starts_with("The top") => Some(String::new()),
                None => None,
                Some("[[steps]] statements") => Some("statement".to_owned()),
                Some(table) => Some(table.trim_matches(['[', ']']).to_owned()),
            };
        }
        if let (Some(section), Some(row)) = (&section, line.strip_prefix("| `")) {
            explained.push((section.clone(), row.split('`').next().unwrap_or_default().to_owned()));
        }
    }
    for (section, key, _) in KEYS {
        assert!(
            explained.contains(&((*section).to_owned(), (*key).to_owned())),
            "scenarios/README.md does not explain {key} of [{section}]"
        );
    }
    for (section, key) in &explained {
        assert!(KEYS.iter().any(|(s, k, _)| s == section && k == key), "{key} of [{section}] is no key");
    }
    for measure in MEASURES {
        assert!(guide.contains(&format!("`{}`", measure.word())), "the measure {}", measure.word());
    }
}

#[test]
fn the_readme_and_the_guide_list_every_session_scope() {
    for name in ["README.md", "scenarios/README.md"] {
        let text = read(name);
        for scope in poolbench::itinerary::SCOPES {
            let row = format!("| `{scope}` | {} |", scope.meaning());
            assert!(text.contains(&row), "{name} has to hold this row:\n{row}");
        }
    }
}

#[test]
fn the_readme_lists_every_hazard() {
    let readme = read("README.md");
    for hazard in poolbench::hazard::HAZARDS {
        let row = format!("| `{}` | {} |", hazard.name(), hazard.meaning());
        assert!(readme.contains(&row), "README.md has to hold this row:\n{row}");
    }
}

#[test]
fn the_readme_lists_every_pool_and_the_guide_names_it() {
    let (readme, guide) = (read("README.md"), read("scenarios/README.md"));
    for pool in poolbench::scenario::POOLS {
        assert!(readme.contains(&format!("| `{pool}` | ")), "README.md has no row of {pool}");
        assert!(guide.contains(&format!("`\"{pool}\"`")), "scenarios/README.md does not name {pool}");
    }
    for pool in poolbench::scenario::EVERY_POOL {
        let named: poolbench::scenario::PoolKind = pool.name().parse().unwrap();
        assert_eq!(named.name(), pool.name());
    }
}

#[test]
fn every_scenario_file_is_built_in_and_mentioned() {
    let guide = read("scenarios/README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(BUILTIN.iter().any(|builtin| builtin.name == name), "{name} is not built in");
            assert!(guide.contains(&format!("`{name}`")), "{name} is not in scenarios/README.md");
        }
    }
}

#[test]
fn the_readme_lists_the_exit_codes() {
    use poolbench::cli::Exit;
    let readme = read("README.md");
    for exit in [
        Exit::Pass,
        Exit::Unexpected,
        Exit::Usage,
        Exit::Regression,
        Exit::Environment,
        Exit::Inconclusive,
        Exit::LoadFailed,
        Exit::Stopped,
    ] {
        assert!(readme.contains(&format!("| {} |", exit.code())), "exit code {}", exit.code());
    }
}

#[test]
fn the_table_of_metrics_is_complete() {
    let table = poolbench::report::metrics::table();
    assert!(read("docs/figures.md").contains(&table), "docs/figures.md has to hold this table:\n{table}");
}
