//! The texts of the code, read from its sources.

use std::path::{Path, PathBuf};

use super::root;

/// The sources below some folders, without their tests.
pub(super) fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut found);
    }
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// What is said through the catalogue: the literals behind `say!(`, `word(` and `key(`.
pub(super) fn said(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut texts = Vec::new();
    for opening in ["say!(", "word(", "key("] {
        for (at, _) in code.match_indices(opening) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|sign| sign.is_alphanumeric() || sign == '_') {
                continue;
            }
            let rest = code[at + opening.len()..].trim_start();
            texts.extend(rest.strip_prefix('"').map(literal));
        }
    }
    texts
}

/// The text of a literal that begins here, behind its quote.
fn literal(code: &str) -> String {
    let mut text = String::new();
    let mut signs = code.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => break,
            '\\' => match signs.next() {
                Some('n') => text.push('\n'),
                Some('\n') => while signs.next_if(|sign| sign.is_whitespace()).is_some() {},
                Some(other) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    text
}

/// A source whose literals of several lines are put together.
pub(super) fn joined(source: &str) -> String {
    let mut pieces = source.split("\\\n");
    let mut joined = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        joined.push_str(piece.trim_start());
    }
    joined
}
