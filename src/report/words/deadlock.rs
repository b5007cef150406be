//! The words of a deadlock.

use crate::report::lang::{Lang, say, spoken, word};
use std::time::Duration;

use crate::record::Deadlock;
use crate::units;

/// `deadlock in pool 0 after 10 s: 2 requests hold all 2 connections …`, with the first few of those
/// who hold what the others need, without a stop.
pub(super) fn deadlock(facts: &Deadlock) -> String {
    let Deadlock { pool, at, requests, connections, gives_up, holders } = facts;
    let time = |nanos| units::time(Duration::from_nanos(nanos));
    let ends = match gives_up {
        Some(end) => say!("the first gives up {at} later", at = time(end.saturating_sub(*at))),
        None => word("none of them gives up").to_owned(),
    };
    let mut alike: Vec<String> = holders
        .iter()
        .map(|holder| {
            let plural = if holder.holds == 1 || spoken() == Lang::Zh { "" } else { "s" };
            let (request, holds, next) = (holder.request, holder.holds, holder.acquisition);
            say!(
                "request {request} holds {holds} connection{plural} and waits for its acquisition {next}",
                request,
                holds,
                plural,
                next
            )
        })
        .collect();
    let more = requests.saturating_sub(holders.len() as u64);
    if more > 0 && !alike.is_empty() {
        alike.push(say!("and {more} more alike", more));
    }
    let who = if alike.is_empty() { String::new() } else { format!(": {}", alike.join("; ")) };
    say!(
        "deadlock in pool {pool} after {at}: {requests} requests hold all {connections} connections and wait for one more; {ends}{who}",
        pool,
        at = time(*at),
        requests,
        connections,
        ends,
        who
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Holder;

    #[test]
    fn a_deadlock_says_who_holds_what_and_when_it_ends() {
        let holder = |request, holds| Holder { request, holds, acquisition: 2 };
        let first = Deadlock {
            pool: 0,
            at: 10_000_000_000,
            requests: 2,
            connections: 3,
            gives_up: None,
            holders: vec![holder(4, 1), holder(7, 2)],
        };
        insta::assert_snapshot!(deadlock(&first), @"deadlock in pool 0 after 10 s: 2 requests hold all 3 connections and wait for one more; none of them gives up: request 4 holds 1 connection and waits for its acquisition 2; request 7 holds 2 connections and waits for its acquisition 2");
        let more =
            Deadlock { requests: 20, gives_up: Some(13_500_000_000), holders: vec![holder(4, 1)], ..first };
        insta::assert_snapshot!(deadlock(&more), @"deadlock in pool 0 after 10 s: 20 requests hold all 3 connections and wait for one more; the first gives up 3.5 s later: request 4 holds 1 connection and waits for its acquisition 2; and 19 more alike");
    }
}
