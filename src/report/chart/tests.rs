//! All charts of a plausible record, and of the records that nobody wants to meet.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use plotters::style::RGBColor;

use super::style::{SHARPNESS, WIDTH, dark, hue};
use super::*;
use crate::analyse::summarise;
use crate::archive::{LaneTape, Run, Source, Status};
use crate::itinerary::{SessionScope, Step};
use crate::record::{Hold, Tape, Window};
use crate::scenario::{Claim, ClaimMeasure};
use crate::units::Rate;

mod places;
mod traced;

static RECORD: LazyLock<Run> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
    let mut record = crate::archive::load(path.as_ref()).unwrap();
    record.plan.claims.clear();
    record
});
static DRAWN: LazyLock<Vec<Drawn>> = LazyLock::new(|| draw(&RECORD).unwrap());

/// All charts of a record, from its own summary.
fn draw(record: &Run) -> Result<Vec<Drawn>, ChartError> {
    let summary = summarise(record);
    super::draw(View { record, summary: &summary })
}

/// A step of the plan, to be altered.
fn step(record: &mut Run, index: usize) -> &mut Step {
    &mut Arc::make_mut(&mut record.plan.workload).steps[index]
}

fn held((slot, acquired, released, busy): (u32, u64, u64, u64)) -> (u32, Hold) {
    (slot, Hold { acquired, released, busy })
}

/// Draws a record into a folder:
/// `CHARTS=folder RECORD=record.json cargo test for_the_eye -- --ignored --nocapture`.
#[test]
#[ignore = "draws for the eye"]
fn charts_of_a_record_for_the_eye() {
    let folder = std::path::PathBuf::from(std::env::var("CHARTS").expect("CHARTS names a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    let given = std::env::var("RECORD").map(|path| crate::archive::load(path.as_ref()).unwrap());
    for drawn in draw(given.as_ref().unwrap_or(&RECORD)).unwrap() {
        println!("{}: {} KiB svg, {} KiB png", drawn.name, drawn.svg.len() / 1024, drawn.png.len() / 1024);
        println!("  {}\n  {}", drawn.title, drawn.explains);
        std::fs::write(folder.join(format!("{}.svg", drawn.name)), &drawn.svg).unwrap();
        std::fs::write(folder.join(format!("{}.png", drawn.name)), &drawn.png).unwrap();
    }
}

fn names(drawn: &[Drawn]) -> Vec<&str> {
    drawn.iter().map(|drawn| drawn.name.as_str()).collect()
}

/// Width and height of a PNG that decodes.
fn decoded(png: &[u8]) -> (u32, u32) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    (reader.info().width, reader.info().height)
}

fn is_sound(drawn: &Drawn) {
    let svg =
        roxmltree::Document::parse(&drawn.svg).unwrap_or_else(|fault| panic!("{}: {fault}", drawn.name));
    let root = svg.root_element();
    let number = |name: &str| -> u32 { root.attribute(name).unwrap().parse().unwrap() };
    assert_eq!(number("width") * SHARPNESS, WIDTH as u32, "{}", drawn.name);
    assert_eq!((number("width") * SHARPNESS, number("height") * SHARPNESS), decoded(&drawn.png));
    assert!(drawn.svg.len() < 400 * 1024, "{}: {} bytes", drawn.name, drawn.svg.len());
    assert!(!drawn.title.is_empty() && drawn.explains.ends_with('.'), "{}", drawn.explains);
    let safe = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    assert!(drawn.name.chars().all(safe), "{}", drawn.name);
}

/// All text that an SVG shows.
fn shown(drawn: &Drawn) -> String {
    let svg = roxmltree::Document::parse(&drawn.svg).unwrap();
    let texts = svg.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text()).map(str::trim).collect::<Vec<_>>().join("\n")
}

/// The colour of the twin's curve before, as an SVG writes it.
fn of_twin() -> String {
    let RGBColor(red, green, blue) = dark(hue("request-scoped"));
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[test]
fn a_full_record_has_all_charts_and_each_is_sound() {
    let mut expected = vec!["phases".to_owned()];
    for pool in ["sqlx", "deadpool-postgres"] {
        let of_pool = ["occupancy", "acquire-wait", "throughput", "pool", "server"];
        expected.extend(of_pool.map(|chart| format!("{chart}-{pool}")));
    }
    expected.push("capacity".into());
    assert_eq!(names(&DRAWN), expected);
    DRAWN.iter().for_each(is_sound);
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    assert!(draw(&RECORD).unwrap() == *DRAWN);
}

#[test]
fn charts_say_what_the_record_says() {
    let text = |name: &str| shown(DRAWN.iter().find(|drawn| drawn.name == name).unwrap());
    let phases = text("phases");
    for words in ["create_job", "177 s", "3.54 s", "held, wasted", "no connection", "180 s", "at 1/50"] {
        assert!(phases.contains(words), "{words} in {phases}");
    }
    let lane = &RECORD.side_by_side[0];
    assert_eq!(lane.scope, SessionScope::Request);
    let occupancy = text("occupancy-sqlx");
    assert!(occupancy.contains("% of the time, 99."), "{occupancy}");
    assert!(text("acquire-wait-sqlx").contains("never got one (97."), "{}", text("acquire-wait-sqlx"));
    assert!(text("throughput-sqlx").contains("request-scoped: 0.111/s"));
    assert!(text("server-sqlx").contains("idle in transaction"));
    assert!(text("pool-sqlx").contains("pool size 20"));
    let capacity = text("capacity");
    for words in
        ["times as many", "theory 0.111/s · twin 0.", "theory 20/s · twin 20/s", "pool size ÷ planned"]
    {
        assert!(capacity.contains(words), "{words} in {capacity}");
    }
    assert!(!capacity.contains("claimed"), "nothing was claimed: {capacity}");
    let svg = &DRAWN.iter().find(|drawn| drawn.name == "acquire-wait-sqlx").unwrap().svg;
    assert!(svg.matches(&of_twin()).count() > 20, "a broken line has many parts");
    let waits = text("acquire-wait-sqlx");
    assert!(waits.contains("twin: median > 30 s") && waits.contains("the twin, at nominal"), "{waits}");
    for drawn in DRAWN.iter() {
        let foot = "job-submission · pool of 20 · nominal time, driven at 1/50 · seed 20251107";
        assert!(shown(drawn).contains(foot), "{}", drawn.name);
    }
}

#[test]
fn what_was_claimed_of_the_throughput_is_marked_at_the_last_scope() {
    let mut record = RECORD.clone();
    record.plan.claims = vec![Claim {
        id: "C4".into(),
        says: "throughput grows".into(),
        measure: ClaimMeasure::ThroughputRatio,
        expect: 90.0,
        requests: 1,
    }];
    let drawn = draw(&record).unwrap();
    let capacity = shown(drawn.last().unwrap());
    assert_eq!(capacity.matches(" · claimed 10/s").count(), 2, "{capacity}");
}

#[test]
fn without_the_twin_nothing_speaks_of_it() {
    let mut record = RECORD.clone();
    record.source = Source::Simulated;
    for drawn in draw(&record).unwrap() {
        let all = format!("{} {} {}", shown(&drawn), drawn.title, drawn.explains);
        assert!(!all.contains("twin"), "{}: {all}", drawn.name);
        assert!(!drawn.svg.contains(&of_twin()), "{}", drawn.name);
    }
}

#[test]
fn a_record_of_nothing_has_the_itinerary_alone() {
    let mut record = RECORD.clone();
    record.anatomy.clear();
    record.side_by_side.clear();
    record.capacity.clear();
    assert_eq!(names(&draw(&record).unwrap()), ["phases"]);
    record.plan.scopes.clear();
    assert_eq!(draw(&record).unwrap(), []);
}

#[test]
fn a_stopped_run_is_drawn_as_far_as_it_went() {
    let mut record = RECORD.clone();
    record.status = Status::Stopped;
    record.capacity.clear();
    record.anatomy.truncate(1);
    record.anatomy[0].moves.truncate(3);
    record.side_by_side.truncate(1);
    let drawn = draw(&record).unwrap();
    assert_eq!(drawn.len(), 6);
    drawn.iter().for_each(is_sound);
    assert!(drawn.iter().all(|drawn| shown(drawn).contains("stopped early")));
    assert!(shown(&drawn[0]).contains("not measured"));
}

#[test]
fn lanes_without_a_trace_of_anything_are_drawn() {
    let mut record = RECORD.clone();
    record.side_by_side.truncate(2);
    for (lane, window) in
        record.side_by_side.iter_mut().chain(&mut record.capacity).zip([0_u64, 7].into_iter().cycle())
    {
        let tape = Tape { window: Window { from: window, to: window / 2 }, ..Tape::default() };
        *lane = LaneTape::of(&lane.pool, lane.scope, lane.callers, None, tape);
    }
    let drawn = draw(&record).unwrap();
    drawn.iter().for_each(is_sound);
    assert_eq!(drawn.iter().filter(|drawn| shown(drawn).contains("Nothing to show")).count(), 5);
    assert!(!names(&drawn).contains(&"capacity"));
}

#[test]
fn numbers_out_of_all_bounds_are_drawn() {
    let mut record = RECORD.clone();
    record.side_by_side.truncate(2);
    record.plan.pool.size = u32::MAX;
    record.plan.pool.acquire_timeout = crate::units::LONGEST;
    record.plan.load.rate = Rate::per_second(1e300).unwrap();
    step(&mut record, 1).time = Duration::ZERO;
    let lane = &mut record.side_by_side[0];
    lane.tape.window = Window { from: u64::MAX - 1, to: u64::MAX };
    let spans = [(u32::MAX, 0, u64::MAX, u64::MAX), (0, u64::MAX, 0, 5), (3, 1, 2, 900)];
    lane.tape.occupancy.spans = spans.map(held).to_vec();
    lane.tape.series.step = u64::MAX;
    lane.tape.series.slices.truncate(1);
    lane.server.at = vec![u64::MAX, 0];
    lane.server.active = vec![u32::MAX; 2];
    record.side_by_side[1].tape.series.step = 0;
    draw(&record).unwrap().iter().for_each(is_sound);
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</text><script>alert('&\"')</script>\u{0}\u{1b}[31m\u{202e}../../etc/passwd";
    let mut record = RECORD.clone();
    record.side_by_side.truncate(2);
    record.capacity.truncate(2);
    record.anatomy.truncate(2);
    record.plan.pools = vec![hostile.into()];
    record.plan.scenario = hostile.into();
    record.plan.request = hostile.into();
    step(&mut record, 1).name = hostile.repeat(50);
    record.side_by_side[0].pool = hostile.into();
    record.side_by_side[1].pool = hostile.replace('<', ">");
    record.anatomy.iter_mut().for_each(|trace| trace.pool = hostile.into());
    let drawn = draw(&record).unwrap();
    drawn.iter().for_each(is_sound);
    assert!(drawn.iter().all(|drawn| !drawn.svg.contains("<script") && !drawn.svg.contains('\u{1b}')));
    let mut stems = names(&drawn);
    stems.sort_unstable();
    stems.dedup();
    assert_eq!(stems.len(), drawn.len(), "two pools with one file name");
}

#[test]
fn many_holds_shorten_the_slice_instead_of_filling_the_file() {
    let mut record = RECORD.clone();
    record.side_by_side.truncate(2);
    let lane = &mut record.side_by_side[1];
    let start = lane.tape.window.from;
    lane.tape.occupancy.spans = (0..20_000_u64)
        .map(|n| held(((n % 20) as u32, start + n * 1000, start + n * 1000 + 900, 500)))
        .collect();
    let drawn = draw(&record).unwrap();
    drawn.iter().for_each(is_sound);
}
