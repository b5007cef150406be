//! Hazards, played by the binary on servers that it starts and breaks itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;

use std::process::{Command, Output};

use poolbench::provision::ServerKind;

fn hazard(words: &[&str]) -> Option<Output> {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("hazard").args(words).current_dir(folder.path()).env("NO_COLOR", "1");
    let output = command.output().unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a hazard leaves no file");
    Some(output)
}

/// Its text, if all was as it must be.
fn as_it_must_be(words: &[&str]) -> Option<String> {
    let output = hazard(words)?;
    let text = String::from_utf8(output.stdout).unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{notes}");
    assert!(text.contains("As it must be") && !text.contains("!!"), "{text}");
    Some(text)
}

#[test]
fn one_connection_less_than_the_fewest_deadlocks_on_every_pool_and_the_fewest_do_not() {
    let Some(text) = as_it_must_be(&["nested-deadlock"]) else { return };
    for pool in ["sqlx", "deadpool-postgres", "bb8"] {
        let lines: Vec<&str> = text.lines().collect();
        let rows: Vec<Vec<&str>> = lines
            .windows(2)
            .filter(|pair| pair[0] == format!("{pool}:"))
            .map(|pair| pair[1].split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect())
            .collect();
        // Due, completed, timed out: who gives up may set another one free.
        assert_eq!((rows.len(), rows[0][0]), (2, "8"), "{text}");
        assert!(rows[0][2].parse::<u64>().unwrap() > 0, "{text}");
        assert_eq!(rows[1][..3], ["8", "8", "0"], "{text}");
    }
}

#[test]
fn connections_that_are_terminated_cost_the_requests_on_them_and_no_others() {
    as_it_must_be(&["backends-terminated", "--pools", "deadpool-postgres,bb8"]);
}

#[test]
fn a_queue_that_hangs_takes_the_pool_of_request_scope_and_not_that_of_repository_scope() {
    as_it_must_be(&["queue-hung", "--pools", "bb8"]);
}

#[test]
fn an_idle_transaction_that_the_server_ends_lets_no_request_of_request_scope_complete() {
    as_it_must_be(&["idle-transaction-timeout", "--pools", "deadpool-postgres"]);
}

#[test]
fn a_postgres_that_is_restarted_costs_what_was_under_way() {
    as_it_must_be(&["postgres-restarted", "--pools", "bb8"]);
}

#[test]
fn callers_that_go_away_cost_no_connection_and_leaked_ones_stop_request_scope_alone() {
    as_it_must_be(&["cancelled-acquires", "--pools", "deadpool-postgres"]);
    as_it_must_be(&["leaked-connections", "--pools", "bb8"]);
}

#[test]
fn an_unknown_hazard_is_told_with_its_mend() {
    let Some(output) = hazard(&["nested"]) else { return };
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("poolbench list"));
}
