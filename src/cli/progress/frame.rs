//! What a run shows of itself on a terminal while it goes on: the act and why it is there, each lane's pool as
//! a row of seats, who waits in front of it, and what came out so far. A pure function from readings to lines.

use std::time::Duration;

use textwrap::core::display_width;

use super::line::{Ink, Line, Marks};
use super::seats::{Seats, seats};
use crate::load::LiveReading;
use crate::plan::Seen;
use crate::report::lang::{heard, key, say, word};
use crate::run::{ActKind, LaneName};
use crate::units;

/// What there is to show of an act.
#[derive(Debug, Clone)]
pub(super) struct Shown<'a> {
    pub(super) act: ActKind,
    pub(super) elapsed: Duration,
    pub(super) lasts: Duration,
    pub(super) seen: Seen,
    /// The connections of each pool.
    pub(super) size: u32,
    pub(super) lanes: Vec<LaneShown<'a>>,
}

/// A lane as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct LaneShown<'a> {
    pub(super) name: &'a LaneName,
    pub(super) reading: LiveReading,
    /// Completed requests per nominal second.
    pub(super) rate: f64,
}

/// The room that a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The act, and the pool library where all its lanes have the same.
pub(super) fn title(act: ActKind, lanes: &[LaneName]) -> String {
    match act {
        ActKind::Anatomy => heard(act.name()).to_owned(),
        _ => {
            let pool = lanes.first().map_or("", |lane| lane.pool);
            say!("{act}, {pool}", act = heard(act.name()), pool)
        }
    }
}

/// What an act shows.
fn why(act: ActKind) -> &'static str {
    word(match act {
        ActKind::Anatomy => key("one request alone in each lane: when it holds a connection, and for what"),
        ActKind::SideBySide => {
            key("the same requests to each scope, on a pool of its own: who waits, who fails")
        }
        ActKind::Capacity => key("callers who never pause: the most that a pool carries under each scope"),
        ActKind::Proof => key("side by side again at another time scale: does it come to the same?"),
    })
}

/// The lines of a frame, none wider than the room and no more than it has rows.
pub(super) fn frame(shown: &Shown<'_>, room: Room, marks: &Marks) -> Vec<Line> {
    // What is written in the last column makes terminals differ, and the last row is for the cursor.
    let room = Room { columns: room.columns.max(2) - 1, rows: room.rows.max(3) - 1 };
    let mut lines = head(shown, room.columns, marks);
    let whole: Vec<Line> =
        shown.lanes.iter().flat_map(|lane| whole(shown, lane, room.columns, marks)).collect();
    let fits = lines.len() + whole.len() + 2 <= room.rows;
    if shown.act != ActKind::Anatomy && fits {
        lines.extend(whole);
    } else {
        lines.extend(shown.lanes.iter().map(|lane| brief(shown, lane, room.columns, marks)));
    }
    let legend = legend(shown, room.columns, marks);
    if shown.seen == Seen::FromInside && lines.len() + 1 + legend.len() <= room.rows {
        lines.push(Line::default());
        lines.extend(legend);
    }
    if lines.len() > room.rows {
        let left_out = lines.len() - room.rows + 1;
        lines.truncate(room.rows - 1);
        lines.push(Line::of(Ink::Faint, say!("and {left_out} more lines", left_out)));
    }
    lines.into_iter().map(|line| line.cut(room.columns)).collect()
}

/// What stays on the screen when an act has ended.
pub(super) fn closing(shown: &Shown<'_>, room: Room) -> Vec<Line> {
    let names: Vec<LaneName> = shown.lanes.iter().map(|lane| *lane.name).collect();
    let took = format!(": {} s", shown.elapsed.as_secs_f64().round());
    let mut lines = vec![Line::of(Ink::Strong, title(shown.act, &names)).then(Ink::Plain, took)];
    if shown.act != ActKind::Anatomy {
        lines.extend(shown.lanes.iter().map(|lane| {
            let name = format!("  {:<19} ", lane.name.scope.name());
            Line::of(Ink::Plain, name).joined(counts(&lane.reading))
        }));
    }
    lines.into_iter().map(|line| line.cut(room.columns.max(2) - 1)).collect()
}

const LONGEST_BAR: usize = 24;

fn head(shown: &Shown<'_>, columns: usize, marks: &Marks) -> Vec<Line> {
    let names: Vec<LaneName> = shown.lanes.iter().map(|lane| *lane.name).collect();
    let title = Line::of(Ink::Strong, title(shown.act, &names));
    let left = shown.lasts.saturating_sub(shown.elapsed);
    let time = say!("{elapsed}, about {left} left", elapsed = clock(shown.elapsed), left = clock(left));
    let room = columns.saturating_sub(title.width() + 2 + 2 + display_width(&time));
    let mut lines = if room >= 8 {
        let bar = bar(shown, room.min(LONGEST_BAR), marks);
        vec![title.then(Ink::Plain, "  ").joined(bar).then(Ink::Plain, format!("  {time}"))]
    } else {
        let bar = bar(shown, columns.saturating_sub(2 + display_width(&time)).min(LONGEST_BAR), marks);
        vec![title, bar.then(Ink::Plain, format!("  {time}"))]
    };
    lines.extend(textwrap::wrap(why(shown.act), columns).into_iter().map(|line| Line::of(Ink::Faint, line)));
    lines.push(Line::default());
    lines
}

fn bar(shown: &Shown<'_>, columns: usize, marks: &Marks) -> Line {
    let share = shown.elapsed.as_secs_f64() / shown.lasts.as_secs_f64().max(f64::MIN_POSITIVE);
    let done = ((share.min(1.0) * columns as f64) as usize).min(columns);
    Line::default().marks(Ink::Plain, marks.done, done).marks(Ink::Faint, marks.left, columns - done)
}

/// Whole seconds, and minutes from ten on.
fn clock(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..600 => format!("{seconds} s"),
        seconds => format!("{}:{:02} min", seconds / 60, seconds % 60),
    }
}

/// A lane with its pool and its line.
fn whole(shown: &Shown<'_>, lane: &LaneShown<'_>, columns: usize, marks: &Marks) -> Vec<Line> {
    let LaneShown { name, reading, rate } = lane;
    let name = Line::of(Ink::Strong, format!("{:<19}", name.scope.name()));
    let rate = units::number(*rate);
    let pad = " ".repeat(1 + 7_usize.saturating_sub(rate.len()));
    let done = Line::of(Ink::Plain, say!("{rate}/s nominal, ", rate)).joined(counts(reading));
    let mut lines = beside(name, &pad, done, columns);
    if shown.seen == Seen::FromOutside {
        lines.push(Line::of(
            Ink::Plain,
            say!("  {count} in flight", count = units::count(reading.in_flight.into())),
        ));
        return lines;
    }
    let room = columns.saturating_sub(2);
    let row = Line::of(Ink::Plain, "  ").joined(row(&of_pool(shown, reading, room), marks));
    lines.extend(beside(row, "  ", connections(shown, reading), columns));
    lines.push(waiting(reading, columns, marks));
    lines
}

/// Both on one line where they fit, and else the second on a line of its own.
fn beside(first: Line, between: &str, second: Line, columns: usize) -> Vec<Line> {
    if first.width() + between.len() + second.width() <= columns {
        vec![first.then(Ink::Plain, between).joined(second)]
    } else {
        vec![first, Line::of(Ink::Plain, "  ").joined(second)]
    }
}

/// A lane on one line.
fn brief(shown: &Shown<'_>, lane: &LaneShown<'_>, columns: usize, marks: &Marks) -> Line {
    let LaneShown { name, reading, .. } = lane;
    let begins = match shown.act {
        ActKind::Anatomy => {
            let widest = shown.lanes.iter().map(|lane| lane.name.pool.len()).max().unwrap_or_default();
            Line::of(Ink::Plain, format!("{:<widest$} ", name.pool))
        }
        _ => Line::default(),
    };
    let begins = begins.then(Ink::Strong, format!("{:<17} ", name.scope.name()));
    if shown.seen == Seen::FromOutside {
        return begins
            .then(Ink::Plain, say!("{count} in flight", count = units::count(reading.in_flight.into())));
    }
    let ends = match shown.act {
        ActKind::Anatomy => Line::of(Ink::Plain, " ").then(Ink::Plain, doing(reading)),
        _ => {
            let waiting = Line::of(
                Ink::Plain,
                say!(" {count} waiting, ", count = units::count(reading.waiting.into())),
            );
            waiting.joined(counts(reading))
        }
    };
    let room = columns.saturating_sub(begins.width() + ends.width()).clamp(8, 20);
    begins.joined(row(&of_pool(shown, reading, room), marks)).joined(ends)
}

/// What the one request of an anatomy does with connections.
fn doing(reading: &LiveReading) -> &'static str {
    match (reading.in_use, reading.running, reading.in_flight) {
        (1.., 1.., _) => word("runs SQL"),
        (1.., 0, _) => word("holds, idle"),
        (0, _, 1..) => word("holds none"),
        (0, _, 0) => "",
    }
}

fn of_pool(shown: &Shown<'_>, reading: &LiveReading, room: usize) -> Seats {
    seats(shown.size, reading.in_use, reading.running, room)
}

fn row(seats: &Seats, marks: &Marks) -> Line {
    Line::default()
        .marks(Ink::Running, marks.running, seats.running)
        .marks(Ink::Idle, marks.idle, seats.idle)
        .marks(Ink::Faint, marks.free, seats.free)
}

/// `1 runs SQL, 19 held idle, 0 free`.
fn connections(shown: &Shown<'_>, reading: &LiveReading) -> Line {
    let running = reading.running.min(reading.in_use);
    let (idle, free) = (reading.in_use - running, shown.size.saturating_sub(reading.in_use));
    let ink = if idle > 0 { Ink::Idle } else { Ink::Plain };
    let runs = if running == 1 {
        say!("{running} runs SQL, ", running)
    } else {
        say!("{running} run SQL, ", running)
    };
    Line::of(Ink::Plain, runs)
        .then(ink, say!("{idle} held idle", idle))
        .then(Ink::Plain, say!(", {free} free", free))
}

/// The line in front of a pool. What does not fit on it is counted at its end.
fn waiting(reading: &LiveReading, columns: usize, marks: &Marks) -> Line {
    let all = reading.waiting as usize;
    let line = Line::of(Ink::Plain, say!("  {count} waiting", count = units::count(all as u64)));
    if all == 0 {
        return line;
    }
    let line = line.then(Ink::Plain, " ");
    let room = columns.saturating_sub(line.width());
    if all <= room {
        return line.marks(Ink::Bad, marks.waiting, all);
    }
    let more = |drawn: usize| say!(" and {count}", count = units::count((all - drawn) as u64));
    let drawn = room.saturating_sub(display_width(&more(0)));
    line.marks(Ink::Bad, marks.waiting, drawn).then(Ink::Plain, more(drawn))
}

fn counts(reading: &LiveReading) -> Line {
    let ink = if reading.failed > 0 { Ink::Bad } else { Ink::Plain };
    Line::of(Ink::Plain, say!("{count} done, ", count = units::count(reading.completed)))
        .then(ink, say!("{count} failed¦live", count = units::count(reading.failed)))
}

/// What the marks mean, on as many lines as that takes.
fn legend(shown: &Shown<'_>, columns: usize, marks: &Marks) -> Vec<Line> {
    let key = [
        (Ink::Running, marks.running, word("runs SQL")),
        (Ink::Idle, marks.idle, word("held idle")),
        (Ink::Faint, marks.free, word("free¦seat")),
        (Ink::Bad, marks.waiting, word("waits")),
    ];
    let key = key.into_iter().fold(Line::default(), |line, (ink, mark, words)| {
        let between = if line.width() > 0 { "  " } else { "" };
        line.then(Ink::Plain, between).then(ink, mark.to_string()).then(Ink::Faint, format!(" {words}"))
    });
    let each = seats(shown.size, 0, 0, columns.saturating_sub(2)).each;
    if each == 1 || shown.act == ActKind::Anatomy {
        return vec![key];
    }
    let each = Line::of(Ink::Faint, say!("a mark is {count} connections", count = units::count(each.into())));
    beside(key, "  ", each, columns)
}

#[cfg(test)]
mod tests;
