//! Scripted clients that measure themselves. Each gap that the tap tells lies between what the client knows for certain: it
//! is no shorter than the pause between an answer and the next question, and no longer than that with both exchanges. On
//! an idle machine these are closer together than 2 ms; on a busy one they still hold.

use std::io::Write;
use std::time::{Duration, Instant};

use poolbench::tap::{Deeds, Guise, LOOPBACK, Seen, Tap};
use poolbench::target::{DatabaseUrl, Surroundings};

use crate::tap::wire::Wire;
use crate::tap::{Place, name, scripts};

/// A client, and when it did what.
pub(crate) struct Client<'t> {
    wire: Wire,
    tap: &'t Tap,
    /// From asking to having the answer.
    steps: Vec<(Instant, Instant)>,
    /// So many steps were done before each pause.
    pauses: Vec<usize>,
}

impl<'t> Client<'t> {
    pub(crate) fn connect(tap: &'t Tap) -> Self {
        let wire = Wire::connect(tap.address(), "tester", "tester", "job_service");
        Self { wire, tap, steps: Vec::new(), pauses: Vec::new() }
    }

    /// Another client of the same tap.
    pub(crate) fn another(&self) -> Wire {
        Wire::connect(self.tap.address(), "tester", "tester", "job_service")
    }

    pub(crate) fn step(&mut self, act: impl FnOnce(&mut Wire)) {
        let begun = Instant::now();
        act(&mut self.wire);
        self.steps.push((begun, Instant::now()));
    }

    pub(crate) fn query(&mut self, sql: &str) {
        self.step(|wire| wire.query(sql));
    }

    /// A query that the server refuses.
    pub(crate) fn fails(&mut self, sql: &str) {
        self.step(|wire| {
            wire.send(b'Q', &[sql.as_bytes(), b"\0"].concat());
            wire.until(b'E');
            wire.until(b'Z');
        });
    }

    pub(crate) fn pause(&mut self) {
        self.pause_for(Duration::from_millis(25));
    }

    pub(crate) fn pause_for(&mut self, length: Duration) {
        self.pauses.push(self.steps.len());
        std::thread::sleep(length);
    }

    /// Says good-bye, and waits until the tap has seen it.
    pub(crate) fn leave(mut self) -> (Vec<(Instant, Instant)>, Vec<usize>) {
        let begun = Instant::now();
        // One that has ended its own words cannot.
        let _ = self.wire.stream.write_all(b"X\0\0\0\x04");
        self.wire.vanish();
        while self.tap.connections_open() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "a connection is still open");
            std::thread::sleep(Duration::from_millis(1));
        }
        self.steps.push((begun, Instant::now()));
        (self.steps, self.pauses)
    }
}

/// What is known of a gap: that it is no shorter than the pause in it, and no longer than with both exchanges.
pub(crate) fn known(steps: &[(Instant, Instant)], pause: usize) -> (Duration, Duration) {
    let (before, after) = (steps[pause - 1], steps[pause]);
    (after.0 - before.1, after.1 - before.0)
}

/// What a pause is to the tap.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Truth {
    /// A gap between these two, after these deeds.
    Gap(&'static str, &'static str, Deeds),
    /// Nothing was held.
    Free,
    /// The server was at work.
    Busy,
}

/// A script, and what the tap has to say of its pauses, in their order.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) holds: u64,
    pub(crate) pauses: &'static [Truth],
    pub(crate) script: fn(&mut Client<'_>),
}

#[test]
fn each_gap_is_as_long_as_its_client_knows() {
    let Some(mut place) = Place::start() else { return };
    place.server.ask("alter system set max_prepared_transactions = 5");
    place.server.server.restart().unwrap();
    place.connect().query("create table t (a int); insert into t select generate_series(1, 20)");
    let guise =
        Guise::of(Some(&DatabaseUrl::new(place.server.url())), &Surroundings::none()).unwrap().unwrap();
    let (mut gaps, mut farthest, mut loosest) = (0, Duration::ZERO, Duration::ZERO);
    for row in scripts::ROWS {
        let tap = Tap::open(guise.upstream().clone(), LOOPBACK).unwrap();
        let mut client = Client::connect(&tap);
        (row.script)(&mut client);
        let (steps, pauses) = client.leave();
        let seen = tap.report();
        assert_eq!(
            (seen.connections.blind, seen.holds.count),
            (0, row.holds),
            "{}: {:#?}",
            row.name,
            seen.gaps
        );
        assert_eq!(pauses.len(), row.pauses.len(), "{}", row.name);
        for (truth, at) in row.pauses.iter().zip(&pauses) {
            let (least, most) = known(&steps, *at);
            if let Truth::Gap(from, to, deeds) = *truth {
                let found = total(&seen, from, to, deeds)
                    .unwrap_or_else(|| panic!("{}: no {truth:?} in {:#?}", row.name, seen.gaps));
                assert!(
                    (least..=most).contains(&found),
                    "{}: {found:?} is not {least:?} to {most:?}",
                    row.name
                );
                (gaps, farthest, loosest) =
                    (gaps + 1, farthest.max(found - least), loosest.max(most - least));
            }
        }
        bounds(row, &seen, &steps, &pauses);
    }
    let rows = scripts::ROWS.len();
    let _ = writeln!(
        std::io::stderr(),
        "{rows} scripts, {gaps} gaps: none shorter than its pause, the farthest {farthest:?} longer, where the client can tell {loosest:?}"
    );
}

fn total(seen: &Seen, before: &str, after: &str, deeds: Deeds) -> Option<Duration> {
    let mut of =
        seen.gaps.iter().filter(|gap| name(seen, gap.before) == before && name(seen, gap.after) == after);
    of.find(|gap| gap.deeds == deeds).map(|gap| gap.total)
}

/// Of one client alone: of pauses in which nothing is held, nothing is in the gaps; the server is busy within the client's exchanges alone.
fn bounds(row: &Row, seen: &Seen, steps: &[(Instant, Instant)], pauses: &[usize]) {
    if seen.connections.sessions > 1 {
        return;
    }
    let all = steps.last().unwrap().1 - steps[0].0;
    let of = |wanted: fn(&Truth) -> bool| -> Duration {
        let those = row.pauses.iter().zip(pauses).filter(move |(truth, _)| wanted(truth));
        those.map(|(_, at)| steps[*at].0 - steps[at - 1].1).sum()
    };
    let (free, busy) = (of(|it| matches!(it, Truth::Free)), of(|it| matches!(it, Truth::Busy)));
    let idle = seen.holds.held - seen.holds.busy;
    assert!(idle + free + busy <= all, "{}: {idle:?} idle", row.name);
    let exchanges: Duration = steps.iter().map(|(from, to)| *to - *from).sum();
    assert!((busy..=exchanges + busy).contains(&seen.holds.busy), "{}: {:?} busy", row.name, seen.holds.busy);
}
