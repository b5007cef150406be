//! A long run: ten million requests, an hour of gauges. Its page is no heavier than a reader's patience, and a
//! moment in it is still seen.

use std::time::Instant;

use poolbench::archive::{LaneTape, ServerSamples};
use poolbench::record::{Cohort, Histogram, Little, Nanos, Series, Slice};
use poolbench::report::chart;

use super::*;

/// Samples of an hour, ten a second.
const SAMPLES: u64 = 36_000;

/// Requests waiting in one slice, and connections that were active in one sample.
const SPIKE: (u32, u32) = (123_456, 4_321);

/// The fixture with its requests and its measured span doubled so many times, times that fill every part of their
/// histograms, and series of an hour.
fn long(doubled: u32) -> Run {
    let mut run = record();
    run.plan.phases.measure *= 1 << doubled;
    for (at, lane) in run.side_by_side.iter_mut().chain(&mut run.capacity).enumerate() {
        lengthen(lane, doubled);
        if at == 0 {
            lane.tape.series.slices[17_777].waiting = SPIKE.0;
            lane.server.active[23_456] = SPIKE.1;
        }
    }
    run
}

fn lengthen(lane: &mut LaneTape, doubled: u32) {
    let tape = &mut lane.tape;
    for cohort in [&mut tape.measured, &mut tape.bystanders] {
        for _ in 0..doubled {
            cohort.merge(&cohort.clone());
        }
        crowd(cohort);
    }
    let times = 1 << doubled;
    tape.completed_in_window *= times;
    tape.busy_in_window *= u128::from(times);
    for Little { integral, stays } in [&mut tape.pool, &mut tape.queue, &mut tape.system] {
        (*integral, *stays) = (*integral * u128::from(times), *stays * u128::from(times));
    }
    tape.window.to = tape.window.from + tape.window.length() * times;
    let step = tape.window.to / SAMPLES;
    let old = tape.series.slices.clone();
    let slices = (0..SAMPLES as usize).map(|at| Slice {
        due: tape.measured.ledger.scheduled / SAMPLES,
        completed: tape.measured.ledger.completed / SAMPLES,
        ..old[at % old.len().max(1)]
    });
    tape.series = Series::whole(step, slices.collect());
    let server = &lane.server;
    let again =
        |counts: &[u32]| (0..SAMPLES as usize).map(|at| counts[at % counts.len()]).collect::<Vec<u32>>();
    lane.server = ServerSamples {
        at: (0..SAMPLES).map(|at| at as Nanos * step).collect(),
        active: again(&server.active),
        idle_in_transaction: again(&server.idle_in_transaction),
        idle: again(&server.idle),
        waiting_for_lock: server.waiting_for_lock.as_deref().map(again),
    };
}

/// Among millions of waits every part of a histogram is taken, between the least and the greatest.
fn crowd(cohort: &mut Cohort) {
    for histogram in [&mut cohort.acquire_wait.seen, &mut cohort.response.seen] {
        let (least, greatest) = (histogram.least().max(1_000), histogram.greatest());
        let mut nanos = least;
        let mut among = Histogram::new();
        while nanos < greatest {
            among.note(nanos);
            nanos += (nanos / 128).max(1);
        }
        histogram.merge(&among);
    }
}

/// The page with all its figures.
fn page(run: &Run) -> String {
    let summary = summarise(run);
    let view = View { record: run, summary: &summary };
    let charts = chart::figures(view).unwrap();
    let mut page = Vec::new();
    html::render(view, &charts, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

const HEAVIEST: usize = 3_000_000;

#[test]
fn a_page_of_ten_million_requests_is_light_and_shows_every_peak() {
    // More than the twin plays, which takes longer here than all the rest.
    let run = long(12);
    let scheduled: u64 = run.side_by_side.iter().map(|lane| lane.tape.measured.ledger.scheduled).sum();
    assert!(scheduled > 10_000_000, "{scheduled}");
    let (long, short) = (page(&run), page(&record()));
    assert!(long.len() < HEAVIEST, "{} bytes", long.len());
    // The axes reach as far as what is drawn.
    for label in [">100,000<", ">4,000<"] {
        assert!(long.contains(label) && !short.contains(label), "{label}");
    }
    // It is said where it happens, and nowhere else.
    let [long, short] = [long, short].map(|page| page.replace('\u{a0}', " "));
    assert_eq!(short.matches("The run is long").count(), 0);
    // Gauges and the server's view of two pools.
    assert_eq!(long.matches("The run is long").count(), 4);
    assert!(
        long.contains("of every 240 samples") && long.contains("of every 120 readings"),
        "{}",
        long.len()
    );
}

/// `cargo test --release --test laws -- --ignored --nocapture a_long_record_renders_in_two_seconds`
#[test]
#[ignore = "a time, which only a release build on a machine with nothing else to do keeps"]
fn a_long_record_renders_in_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    archive::save(&long(10), folder.path()).unwrap();
    let size = folder.path().join("record.json").metadata().unwrap().len();
    let began = Instant::now();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_poolbench"))
        .args(["report", "record.json", "--format", "html"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let took = began.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = folder.path().join("report.html").metadata().unwrap().len();
    println!("a record of {size} bytes: a page of {page} bytes in {took:?}");
    assert!(page < HEAVIEST as u64 && took.as_secs_f64() <= 2.0, "{took:?}");
}
