use super::*;
use crate::cli::progress::line::Colour;
use crate::itinerary::SessionScope;

const LANES: [LaneName; 2] = [
    LaneName { pool: "sqlx", scope: SessionScope::Request },
    LaneName { pool: "sqlx", scope: SessionScope::Repository },
];

fn reading(in_use: u32, running: u32, waiting: u32) -> LiveReading {
    let (in_flight, completed, failed) = (in_use + waiting, 34, u64::from(waiting) + 17);
    LiveReading { in_use, running, waiting, in_flight, completed, failed, ..LiveReading::default() }
}

fn shown<'a>(act: ActKind, lanes: &'a [LaneName], size: u32, readings: &[LiveReading]) -> Shown<'a> {
    let rates = [0.111_11, 5.0].into_iter().cycle();
    let lanes = lanes.iter().zip(readings).zip(rates);
    Shown {
        act,
        elapsed: Duration::from_millis(12_345),
        lasts: Duration::from_secs(25),
        seen: Seen::FromInside,
        size,
        lanes: lanes.map(|((name, reading), rate)| LaneShown { name, reading: *reading, rate }).collect(),
    }
}

fn drawn(shown: &Shown<'_>, columns: usize, rows: usize, marks: &Marks) -> String {
    let lines = frame(shown, Room { columns, rows }, marks);
    assert!(lines.len() < rows, "{} lines on {rows} rows", lines.len());
    assert!(lines.iter().all(|line| line.width() < columns), "{lines:#?}");
    lines.iter().map(|line| line.text(Colour::None) + "\n").collect()
}

#[test]
fn a_pool_is_a_row_of_seats_with_a_line_in_front() {
    let mut text = String::new();
    for (columns, size, waiting) in [(80, 20, 143), (40, 20, 143), (80, 60, 3), (80, 400, 0), (40, 400, 9)] {
        let readings = [reading(size, 1, waiting), reading(3.min(size), 2, 0)];
        let shown = shown(ActKind::SideBySide, &LANES, size, &readings);
        text += &format!("--- {columns} columns, {size} connections\n");
        text += &drawn(&shown, columns, 24, &Marks::SHAPES);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn terminals_that_know_no_shapes_get_ascii() {
    let shown = shown(ActKind::Capacity, &LANES, 20, &[reading(20, 4, 5), reading(20, 20, 70)]);
    let text = drawn(&shown, 80, 24, &Marks::ASCII);
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn an_anatomy_and_a_low_terminal_get_one_line_a_lane() {
    let pools: Vec<LaneName> = ["sqlx", "deadpool-postgres-tested"]
        .into_iter()
        .flat_map(|pool| LANES.map(|lane| LaneName { pool, ..lane }))
        .collect();
    let readings = [reading(1, 0, 0), reading(1, 1, 0), reading(0, 0, 1), LiveReading::default()];
    let mut text = drawn(&shown(ActKind::Anatomy, &pools, 20, &readings), 80, 24, &Marks::SHAPES);
    let load = shown(ActKind::SideBySide, &LANES, 20, &[reading(20, 1, 143), reading(3, 2, 0)]);
    for rows in [10, 6, 4] {
        text += &format!("--- {rows} rows\n{}", drawn(&load, 80, rows, &Marks::SHAPES));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_seen_from_outside_has_no_seats() {
    let shown = Shown {
        seen: Seen::FromOutside,
        ..shown(ActKind::SideBySide, &LANES, 20, &[reading(0, 0, 12), reading(0, 0, 1)])
    };
    let text = drawn(&shown, 80, 24, &Marks::SHAPES);
    assert!(text.contains("12 in flight") && !text.contains('⋅') && !text.contains("SQL"), "{text}");
}

#[test]
fn nothing_is_wider_or_higher_than_the_room() {
    let huge = LiveReading {
        completed: u64::MAX / 3,
        failed: u64::MAX / 3,
        ..reading(1_000_000, 999, u32::MAX - 1_000_000)
    };
    let many: Vec<LaneName> = LANES.into_iter().cycle().take(14).collect();
    for act in [ActKind::Anatomy, ActKind::SideBySide, ActKind::Capacity, ActKind::Proof] {
        for (size, lanes) in [(1, &LANES[..]), (20, &many), (100_000, &many)] {
            let shown = shown(act, lanes, size, &vec![huge; lanes.len()]);
            for columns in (1..130).filter(|columns| *columns > 1) {
                drawn(&shown, columns, 24, &Marks::SHAPES);
                drawn(&shown, columns, 5, &Marks::ASCII);
                let ended = closing(&shown, Room { columns, rows: 24 });
                assert!(ended.iter().all(|line| line.width() < columns));
            }
        }
    }
}

#[test]
fn ink_is_left_out_and_shapes_stay_where_there_is_no_colour() {
    let shown = shown(ActKind::SideBySide, &LANES, 4, &[reading(3, 1, 0), reading(0, 0, 0)]);
    let lines = frame(&shown, Room { columns: 80, rows: 24 }, &Marks::SHAPES);
    let with = |colour| lines.iter().map(|line| line.text(colour)).collect::<Vec<_>>().join("\n");
    assert!(with(Colour::Shown).contains("\u{1b}[32m▮\u{1b}[0m\u{1b}[33m▯▯\u{1b}[0m"));
    assert!(with(Colour::None).contains("▮▯▯⋅") && !with(Colour::None).contains('\u{1b}'));
}

#[test]
fn marks_are_those_of_the_locale() {
    let named = |names: [&str; 3]| Marks::of_locale(names.map(|name| Some(name.to_owned())));
    assert_eq!(named(["", "", "de_DE.UTF-8"]), Marks::SHAPES);
    assert_eq!(named(["C", "", "de_DE.UTF-8"]), Marks::ASCII);
    assert_eq!(named(["", "C.utf8", "C"]), Marks::SHAPES);
    assert_eq!(Marks::of_locale([None, None, None]), Marks::ASCII);
}
