//! One request before and after: a table of steps, and beside it the same steps as bars in time.

use std::time::Duration;

use plotters::backend::DrawingBackend;

use super::axis::Axis;
use super::hand::{Hand, write};
use super::key::{Mark, keys};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, TOP, aside, frame};
use super::strokes::{fill, line};
use super::style::{BUSY, FREE, MARGIN, MUTED, SHADE, WASTED, WIDTH, em, hue};
use super::view;
use crate::archive::{Run, Trace};
use crate::itinerary::{ConnectionUse, Itinerary, Move, phase_table};
use crate::report::lang::{key, say, word};
use crate::units;

/// The before and after tables.
pub(super) struct Phases<'a> {
    record: &'a Run,
    tables: Vec<Table>,
    /// Pool libraries with a measured request.
    pools: Vec<&'a str>,
}

struct Table {
    title: String,
    scope: &'static str,
    rows: Vec<Row>,
    left_out: usize,
    total: Row,
}

#[derive(Clone)]
struct Row {
    step: String,
    starts: Duration,
    lasts: Duration,
    connection: Option<ConnectionUse>,
    /// Measured times, one for each pool.
    measured: Vec<Option<u64>>,
}

const ROW: i32 = 52;
const HEAD: i32 = 150;
/// More rows than this are no picture.
const MOST_ROWS: usize = 40;
/// More pools than this have no room for their measured times.
const MOST_POOLS: usize = 3;
/// Widths of columns, in drawn pixels: a pool's name, a step's name, and the words for the total.
const MOST_NAME: i32 = 240;
const MOST_STEP: i32 = 330;
const TOTAL: i32 = 225;
const NOT_MEASURED: &str = key("not measured");

impl<'a> Phases<'a> {
    /// The tables of a record's plan; nothing when it has no steps or no scope that is known.
    pub(super) fn of(record: &'a Run) -> Option<Self> {
        let mut pools: Vec<&str> = Vec::new();
        for trace in &record.anatomy {
            if !pools.contains(&trace.pool.as_str()) && pools.len() < MOST_POOLS {
                pools.push(&trace.pool);
            }
        }
        let tables = record
            .plan
            .scopes
            .iter()
            .copied()
            .map(|scope| table(record, &record.plan.itinerary(scope), &pools));
        let tables: Vec<Table> = tables.filter(|table| !table.rows.is_empty()).take(4).collect();
        (!tables.is_empty()).then_some(Self { record, tables, pools })
    }
}

fn table(record: &Run, itinerary: &Itinerary, pools: &[&str]) -> Table {
    let scope = itinerary.scope();
    let traces: Vec<Option<&Trace>> = pools
        .iter()
        .map(|pool| record.anatomy.iter().find(|trace| trace.pool == *pool && trace.scope == scope))
        .collect();
    let shown = |step: &Move| !matches!(step, Move::Begin | Move::Commit | Move::Rollback);
    let places = itinerary.moves().iter().enumerate().filter(|(_, step)| shown(step)).map(|(place, _)| place);
    let mut starts = Duration::ZERO;
    let mut rows: Vec<Row> = phase_table(itinerary)
        .into_iter()
        .zip(places)
        .map(|(row, place)| {
            let word = itinerary.word(itinerary.moves()[place]);
            let measured = traces.iter().map(|trace| span(trace.as_ref()?, place, word)).collect();
            let began = starts;
            starts += row.time;
            Row { step: row.step, starts: began, lasts: row.time, connection: Some(row.connection), measured }
        })
        .collect();
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    let total = Row {
        step: word("connection held").into(),
        starts: Duration::ZERO,
        lasts: itinerary.hold_time(),
        connection: None,
        measured: traces.iter().map(|trace| held(trace.as_ref()?)).collect(),
    };
    let title = format!("{scope}: {}", word(itinerary.scope().meaning()));
    Table { title, scope: scope.name(), rows, left_out, total }
}

/// How long the move at this place of a trace took, if the trace came that far.
fn span(trace: &Trace, place: usize, word: &str) -> Option<u64> {
    let found = trace.moves.get(place).filter(|found| found.word == word)?;
    Some(found.to.saturating_sub(found.from))
}

/// Connection time of a traced request: begin and commit count, unlike in its rows.
fn held(trace: &Trace) -> Option<u64> {
    let mut acquired = Vec::new();
    let mut held = None;
    for step in &trace.moves {
        match step.word.as_str() {
            "acquire" => acquired.push(step.to),
            "release" => {
                let since = acquired.pop()?;
                held = Some(held.unwrap_or(0) + step.to.saturating_sub(since));
            }
            _ => {}
        }
    }
    held
}

/// Where the columns of the table end, or begin for the last.
struct Columns {
    nominal: i32,
    scaled: i32,
    pools: Vec<i32>,
    connection: i32,
    bars: i32,
}

impl Phases<'_> {
    fn columns(&self) -> Columns {
        let hand = Hand::of(em::TICK);
        let rows = self.tables.iter().flat_map(|table| &table.rows);
        let widest = rows.map(|row| Hand::body().width(&row.step)).max().unwrap_or(0);
        let nominal = MARGIN + widest.clamp(TOTAL, MOST_STEP) + 112;
        let scaled = nominal + 140;
        let mut last = scaled;
        let least = Hand::body().width(word(NOT_MEASURED));
        let widths = self.pools.iter().map(|pool| hand.width(pool).clamp(least, MOST_NAME) + 30);
        let pools = widths.map(|width| {
            last += width;
            last
        });
        let pools = pools.collect();
        let connection = last + 50;
        Columns { nominal, scaled, pools, connection, bars: connection + 230 }
    }

    fn draw_head<DB: DrawingBackend>(&self, paper: &Paper<DB>, table: &Table, top: i32) -> Stroke<DB> {
        let hand = Hand::of(em::PANEL).bold().in_color(hue(table.scope));
        write(paper, &hand.fit(&table.title, WIDTH - 2 * MARGIN), (MARGIN, top), hand)?;
        let (columns, y) = (self.columns(), top + 60);
        let hand = Hand::of(em::TICK).in_color(MUTED);
        write(paper, word("step"), (MARGIN, y), hand)?;
        write(paper, word("nominal"), (columns.nominal, y), hand.ending())?;
        let scale = say!("at {time_scale}", time_scale = self.record.plan.time_scale);
        write(paper, &scale, (columns.scaled, y), hand.ending())?;
        for (pool, x) in self.pools.iter().zip(&columns.pools) {
            write(paper, &hand.fit(pool, MOST_NAME), (*x, y), hand.ending())?;
        }
        write(paper, word("connection"), (columns.connection, y), hand)?;
        write(paper, word("nominal time, seconds"), (columns.bars, y), hand)?;
        line(paper, vec![(MARGIN, y + 26), (WIDTH - MARGIN, y + 26)], MUTED, 2)
    }

    fn draw_row<DB: DrawingBackend>(&self, paper: &Paper<DB>, row: &Row, y: i32) -> Stroke<DB> {
        let columns = self.columns();
        let is_step = row.connection.is_some();
        let hand = if is_step { Hand::body() } else { Hand::body().bold() };
        write(paper, &hand.fit(&row.step, columns.nominal - MARGIN - 110), (MARGIN, y), hand)?;
        let moment = matches!(row.connection, Some(ConnectionUse::Taken | ConnectionUse::Freed));
        let nominal = |time| if moment { "–".into() } else { units::time(time) };
        write(paper, &nominal(row.lasts), (columns.nominal, y), hand.ending())?;
        let scaled = nominal(self.record.plan.time_scale.scaled(row.lasts));
        write(paper, &scaled, (columns.scaled, y), hand.ending())?;
        for (measured, x) in row.measured.iter().zip(&columns.pools) {
            let words = measured.map_or_else(|| word(NOT_MEASURED).into(), view::measured);
            write(paper, &words, (*x, y), hand.ending())?;
        }
        match row.connection {
            Some(connection) => write(paper, word(connection.words()), (columns.connection, y), hand),
            None => Ok(()),
        }
    }

    /// The bars of the rows, each at its place in time.
    fn draw_bars<DB: DrawingBackend>(
        paper: &Paper<DB>,
        plot: &Plot,
        rows: &[Row],
        y: impl Fn(usize) -> i32,
    ) -> Stroke<DB> {
        for (index, row) in rows.iter().enumerate() {
            let color = match row.connection {
                Some(ConnectionUse::Busy) => BUSY,
                Some(ConnectionUse::Wasted) => WASTED,
                Some(ConnectionUse::None) => FREE,
                Some(ConnectionUse::Taken | ConnectionUse::Freed) | None => continue,
            };
            let from = plot.column(row.starts.as_secs_f64());
            let to = plot.column((row.starts + row.lasts).as_secs_f64()).max(from + 4);
            fill(paper, (from, y(index) - 17), (to, y(index) + 17), color)?;
        }
        Ok(())
    }

    fn draw_table<DB: DrawingBackend>(&self, paper: &Paper<DB>, table: &Table, top: i32) -> Stroke<DB> {
        self.draw_head(paper, table, top)?;
        let first = top + 114;
        let row_at = |index: usize| first + index as i32 * ROW;
        let total = row_at(table.rows.len()) + 14;
        let plot = Plot {
            left: self.columns().bars,
            top: first - ROW / 2,
            right: WIDTH - MARGIN - 20,
            bottom: total + ROW / 2 + 6,
            x: Axis::even(0.0, self.record.plan.workload.request_time().as_secs_f64(), 6),
            y: Axis::even(0.0, 1.0, 1),
        };
        for (index, row) in table.rows.iter().enumerate() {
            let y = row_at(index);
            if index % 2 == 1 {
                fill(paper, (MARGIN, y - ROW / 2), (WIDTH - MARGIN, y + ROW / 2), SHADE)?;
            }
            self.draw_row(paper, row, y)?;
        }
        line(paper, vec![(MARGIN, total - 32), (WIDTH - MARGIN, total - 32)], MUTED, 2)?;
        self.draw_row(paper, &table.total, total)?;
        plot.draw_columns(paper)?;
        Self::draw_bars(paper, &plot, &table.rows, row_at)?;
        let held = |row: &&Row| matches!(row.connection, Some(ConnectionUse::Busy | ConnectionUse::Wasted));
        let held: Vec<Row> = table.rows.iter().filter(held).cloned().collect();
        Self::draw_bars(paper, &plot, &held, |_| total)?;
        if table.left_out > 0 {
            let words = say!("{left_out} more rows are in the tables", left_out = table.left_out);
            write(paper, &words, (MARGIN, total + 50), Hand::of(em::TICK).in_color(MUTED))?;
        }
        Ok(())
    }

    fn table_height(table: &Table) -> i32 {
        HEAD + table.rows.len() as i32 * ROW + 130
    }
}

impl Picture for Phases<'_> {
    fn name(&self) -> String {
        "phases".into()
    }

    fn title(&self) -> String {
        let request: String = self.record.plan.request.chars().take(60).collect();
        let title = word("One request, before and after");
        if request.is_empty() { title.into() } else { format!("{title} · {request}") }
    }

    fn explains(&self) -> String {
        say!(
            "What one request does and what its connection does meanwhile: nominal times, the same at the \
             time scale of the run ({time_scale}), and what one request really took on an idle pool. The \
             bars show the nominal steps in time, in seconds; the measured hold includes begin and commit.",
            time_scale = self.record.plan.time_scale
        )
    }

    fn sees(&self) -> String {
        String::new()
    }

    fn is_narrow_too(&self) -> bool {
        false
    }

    fn height(&self, _width: i32) -> i32 {
        TOP + 80 + self.tables.iter().map(Self::table_height).sum::<i32>() + FOOT - 60
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        frame(paper, self.record, &self.title())?;
        let entries = [
            (Mark::Box, BUSY, word("held, busy")),
            (Mark::Box, WASTED, word("held, wasted")),
            (Mark::Box, FREE, word("no connection")),
        ];
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        if !self.pools.is_empty() {
            aside(paper, &say!("{pools}: measured on an idle pool", pools = self.pools.join(", ")))?;
        }
        let mut top = TOP + 90;
        for table in &self.tables {
            self.draw_table(paper, table, top)?;
            top += Self::table_height(table);
        }
        Ok(())
    }
}
