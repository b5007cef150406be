//! An address where none belongs: given as a scenario, as a folder, behind a flag that is spelled
//! wrong. Whatever an error would repeat of it might be its password, so nothing is repeated.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::args::Cli;

/// The flags that take an address.
const ADDRESSES: [&str; 3] = ["--database-url", "--redis-url", "--upstream"];

/// The flag that takes the addresses of services.
const SERVICES: &str = "--http";

/// The flags that take a file or folder which need not be there yet, and whose name is never
/// mistaken for the rest of an address.
const PLACES: [&str; 4] = ["--out", "--json", "--junit", "--markdown"];

/// What to do instead.
pub(super) const MEND: &str = "an argument looks like a part of a server's address, and is not repeated here because it \
                               may hold a password; give an address, in quotes, to --database-url or --redis-url, or \
                               set DATABASE_URL or REDIS_URL";

/// Whether an argument may be a piece of an address though it stands where none belongs.
pub(super) fn is_among(arguments: &[OsString]) -> bool {
    let mut before = "";
    // Here an address has a place of its own.
    let mut places = usize::from(arguments.first().is_some_and(|command| command == "watch"));
    // What follows in a command to tap is that command's own, and is never repeated.
    let tapped = arguments.first().is_some_and(|command| command == "tap");
    let own = arguments.iter().position(|argument| tapped && argument == "--").unwrap_or(arguments.len());
    arguments[..own].iter().any(|argument| {
        // What is not text is looked at as well, as far as it is.
        let Some(text) = argument.to_str() else {
            before = "";
            return looks_like_address(&argument.to_string_lossy());
        };
        let flag = text.split_once('=').map_or(before, |(flag, _)| flag);
        let expected = ADDRESSES.contains(&flag) || ADDRESSES.contains(&before);
        let place = PLACES.contains(&flag) || PLACES.contains(&before);
        if places > 0 && !text.starts_with('-') && text.contains("://") {
            places -= 1;
            return false;
        }
        // Services have their addresses one after the other; each is read by our own parser, which repeats nothing.
        let one_of_them = before == SERVICES && text.to_ascii_lowercase().starts_with("http");
        let first_of_them = text.split_once('=').is_some_and(|(flag, _)| flag == SERVICES);
        if one_of_them || first_of_them {
            before = SERVICES;
            return false;
        }
        before = text;
        !expected && (looks_like_address(text) || text.contains('@') && !place && !Path::new(text).exists())
    })
}

fn looks_like_address(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("://") || text.contains("password=") || text.contains("pass=")
}

/// What clap found wrong, without any value: the kind of the fault, and the flag if it is one of
/// ours.
pub(super) fn without_values(fault: &clap::Error) -> String {
    let kind = fault.kind().as_str().unwrap_or("the command line is wrong");
    let named = match fault.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => known(name),
        _ => None,
    };
    let about = named.map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{kind}{about}: {MEND}")
}

fn known(name: &str) -> Option<String> {
    let mut cli = Cli::command();
    cli.build();
    let mut arguments = cli.get_subcommands().flat_map(clap::Command::get_arguments).map(ToString::to_string);
    arguments.find(|argument| argument == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(words: &[&str]) -> bool {
        is_among(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_server_that_is_watched_has_a_place_for_one_address() {
        assert!(!among(&["watch", "postgres://u:p@h/d", "--for", "5m"]));
        assert!(!among(&["watch", "--for", "5m", "postgres://u:p@h/d"]));
        assert!(among(&["watch", "postgres://u:p@h/d", "postgres://u:p@h/e"]));
        assert!(among(&["run", "postgres://u:p@h/d"]));
    }

    #[test]
    fn services_have_as_many_addresses_as_there_are() {
        assert!(!among(&["run", "--http", "http://127.0.0.1:1", "http://127.0.0.1:2", "--quiet"]));
        assert!(!among(&["run", "--http=http://127.0.0.1:1"]));
        assert!(among(&["run", "--http", "http://h:1", "postgres://u:s3cret@h/d"]));
        assert!(among(&["run", "--http", "http://h:1", "--quiet", "http://h:2"]));
    }

    #[test]
    fn the_command_that_is_tapped_may_have_any_argument() {
        assert!(!among(&["tap", "--", "psql", "postgres://u:p@h/d"]));
        assert!(!among(&["tap", "--upstream", "postgres://u:p@h/d", "--", "true"]));
        assert!(among(&["tap", "postgres://u:p@h/d", "--", "true"]));
        assert!(among(&["run", "--", "postgres://u:p@h/d"]));
    }

    #[test]
    fn an_address_is_expected_behind_its_flag_alone() {
        for wrong in [
            &["run", "postgres://u:s3cret@h/db"][..],
            &["run", "--databse-url=postgres://u:s3cret@h/db"],
            &["run", "--database-url", "postgres://u:my", "s3cret@h/db"],
            &["run", "--database-url", "host=h", "password=my", "s3cret=x"],
            &["run", "--schema", "redis://:s3cret@h"],
            &["report", "u:s3cret@h"],
            &["list", "--out", "postgres://h/db"],
            &["run", "--password=s3cret"],
        ] {
            assert!(among(wrong), "{wrong:?}");
        }
        for right in [
            &["run", "my.toml", "--database-url", "postgres://u:s3cret@h/db", "--rate", "x"][..],
            &["run", "--database-url=host=h password='my s3cret=x'", "--redis-url", "redis://h"],
            &["run", "--out", "reports@work"],
            &["check", "Cargo.toml"],
        ] {
            assert!(!among(right), "{right:?}");
        }
    }

    #[test]
    fn a_fault_is_told_by_its_kind_and_flag() {
        let words = ["poolbench", "run", "--schema", "redis://:s3cret@h"];
        let fault = <Cli as clap::Parser>::try_parse_from(words).unwrap_err();
        let told = without_values(&fault);
        assert!(told.contains("--schema <NAME>") && !told.contains("s3cret"), "{told}");
    }
}
