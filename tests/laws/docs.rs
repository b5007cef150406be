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

/// The lines of a document outside its blocks of code, and those blocks.
fn parted(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let (mut prose, mut blocks, mut block) = (Vec::new(), Vec::new(), None::<Vec<&str>>);
    for line in text.lines() {
        match (&mut block, line.starts_with("```")) {
            (None, false) => prose.push(line),
            (None, true) => block = Some(vec![line]),
            (Some(lines), false) => lines.push(line),
            (Some(_), true) => blocks.extend(block.take()),
        }
    }
    (prose, blocks)
}

/// A line of code without its comment, which each language has in its own words.
fn bare(line: &str) -> &str {
    let comment = ["# ", "// "].into_iter().filter_map(|sign| line.find(sign)).min();
    comment.map_or(line, |at| &line[..at]).trim_end()
}

#[test]
fn the_chinese_readme_keeps_step_with_the_english_one() {
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    let ((english, commands), (chinese, same_commands)) = (parted(&english), parted(&chinese));
    let headings = |prose: &[&str]| -> Vec<usize> {
        let marks = prose.iter().map(|line| line.chars().take_while(|sign| *sign == '#').count());
        marks.filter(|count| *count > 0).collect()
    };
    assert_eq!(headings(&chinese), headings(&english), "the same headings");
    // Names and commands of tables stand in their first column.
    let names = |prose: &[&str]| -> Vec<String> {
        let rows = prose.iter().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        rows.map(|name| name.to_owned()).collect()
    };
    assert_eq!(names(&chinese), names(&english), "the same rows of tables");
    assert_eq!(same_commands.len(), commands.len(), "as many blocks of code");
    for (there, here) in same_commands.iter().zip(&commands) {
        // What is printed is in the reader's language.
        if here[0] == "```text" {
            assert_eq!(there[0], here[0], "{here:#?}");
            continue;
        }
        let code = |block: &[&str]| block.iter().map(|line| bare(line).to_owned()).collect::<Vec<_>>();
        assert_eq!(code(there), code(here));
    }
    let links = |prose: &[&str]| -> Vec<String> {
        let prose = prose.concat();
        let mut links: Vec<String> =
            prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect();
        links.retain(|link| !link.starts_with("README"));
        links.sort();
        links
    };
    assert_eq!(links(&chinese), links(&english), "the same links");
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
