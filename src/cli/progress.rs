//! Live progress on standard error. On a terminal it is drawn in place; elsewhere a plain line a lane is written
//! now and then.

mod frame;
mod line;
mod rehearsal;
mod screen;
mod seats;

use std::io::IsTerminal;
use std::time::Duration;

use frame::{LaneShown, Shown};
use line::{Colour, Line, Marks};

pub(super) use rehearsal::Rehearsal;
pub(super) use screen::close;

use super::output;
use crate::load::LiveReading;
use crate::plan::{Plan, Seen};
use crate::report::lang::say;
use crate::run::{ActKind, LaneName, Watch};
use crate::units::{self, TimeScale};

/// Between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Throughput is told over this long, so that it does not flicker.
const OVER: Duration = Duration::from_secs(2);

/// Shows the progress of a run.
pub(super) struct Progress {
    style: Style,
    size: u32,
    scale: TimeScale,
    seen: Seen,
    act: Option<ActProgress>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Quiet,
    Plain,
    Drawn { marks: Marks, colour: Colour },
}

impl Style {
    fn of_standard_error(quiet: bool) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        if quiet {
            return Self::Quiet;
        }
        if dumb || !std::io::stderr().is_terminal() {
            return Self::Plain;
        }
        let colour = match anstream::AutoStream::choice(&std::io::stderr()) {
            anstream::ColorChoice::Never => Colour::None,
            _ => Colour::Shown,
        };
        Self::Drawn { marks: Marks::of_locale(["LC_ALL", "LC_CTYPE", "LANG"].map(variable)), colour }
    }
}

struct ActProgress {
    kind: ActKind,
    labels: Vec<LaneName>,
    lasts: Duration,
    /// The last tick.
    elapsed: Duration,
    readings: Vec<LiveReading>,
    told: Duration,
    /// Completed requests of each lane some time ago, for the throughput.
    past: Vec<(Duration, Vec<u64>)>,
}

impl ActProgress {
    fn notes(&mut self, elapsed: Duration, readings: &[LiveReading]) {
        self.elapsed = elapsed;
        self.readings = readings.to_vec();
        self.past.push((elapsed, readings.iter().map(|reading| reading.completed).collect()));
        let keep = self.past.iter().position(|(then, _)| *then + OVER >= elapsed).unwrap_or(0);
        self.past.drain(..keep);
    }

    /// Requests of a lane that completed lately, per nominal second.
    fn rate(&self, lane: usize, scale: TimeScale) -> f64 {
        let (Some((then, completed)), Some(reading)) = (self.past.first(), self.readings.get(lane)) else {
            return 0.0;
        };
        let seconds = self.elapsed.saturating_sub(*then).as_secs_f64();
        let since = reading.completed.saturating_sub(completed[lane]) as f64;
        if seconds > 0.0 { since / seconds * scale.factor() } else { 0.0 }
    }
}

impl Progress {
    pub(super) fn new(plan: &Plan, quiet: bool) -> Self {
        let style = Style::of_standard_error(quiet);
        if matches!(style, Style::Drawn { .. }) {
            screen::gives_way_to_panics();
        }
        Self { style, size: plan.pool.size, scale: plan.time_scale, seen: plan.seen(), act: None }
    }

    fn shown<'a>(&self, act: &'a ActProgress) -> Shown<'a> {
        let lanes = act.labels.iter().zip(&act.readings).enumerate();
        let lanes = lanes.map(|(at, (name, reading))| LaneShown {
            name,
            reading: *reading,
            rate: act.rate(at, self.scale),
        });
        Shown {
            act: act.kind,
            elapsed: act.elapsed,
            lasts: act.lasts,
            seen: self.seen,
            size: self.size,
            lanes: lanes.collect(),
        }
    }

    fn plain_line(&self, act: &ActProgress, lane: usize, reading: &LiveReading) -> String {
        let name = act.labels[lane].scope.name();
        let head = match self.seen {
            Seen::FromInside => say!(
                "{name} in use {in_use}/{size} running SQL {running} waiting {waiting}",
                name = format!("{name:<17}"),
                in_use = format!("{:>2}", reading.in_use),
                size = self.size,
                running = format!("{:>2}", reading.running),
                waiting = format!("{:>4}", reading.waiting)
            ),
            Seen::FromOutside => say!(
                "{name} in flight {in_flight}",
                name = format!("{name:<17}"),
                in_flight = format!("{:>5}", reading.in_flight)
            ),
        };
        if act.kind == ActKind::Anatomy {
            return format!("{:<18} {head}", act.labels[lane].pool);
        }
        say!(
            "{head} {rate}/s done {done} failed {failed}",
            head,
            rate = format!("{:>6}", units::number(act.rate(lane, self.scale))),
            done = format!("{:>5}", reading.completed),
            failed = format!("{:>5}", reading.failed)
        )
    }

    fn say_lines(&self, act: &mut ActProgress) {
        if act.elapsed < act.told + PLAIN_EVERY {
            return;
        }
        act.told = act.elapsed;
        let left = units::time(Duration::from_secs(act.lasts.saturating_sub(act.elapsed).as_secs()));
        for (lane, reading) in act.readings.iter().enumerate() {
            let line = self.plain_line(act, lane, reading);
            output::note(&say!(
                "{elapsed} s, {left} left: {line}",
                elapsed = format!("{:>3}", act.elapsed.as_secs()),
                left,
                line
            ));
        }
    }
}

fn texts(lines: &[Line], colour: Colour) -> Vec<String> {
    lines.iter().map(|line| line.text(colour)).collect()
}

impl Watch for Progress {
    fn begins(&mut self, kind: ActKind, lanes: &[LaneName], lasts: Duration) {
        if self.style == Style::Plain {
            let title = frame::title(kind, lanes);
            output::note(&say!("{title}, about {time}", title, time = units::time(lasts)));
        }
        self.act = Some(ActProgress {
            kind,
            labels: lanes.to_vec(),
            lasts,
            elapsed: Duration::ZERO,
            readings: Vec::new(),
            told: Duration::ZERO,
            past: Vec::new(),
        });
    }

    fn ticks(&mut self, elapsed: Duration, readings: &[LiveReading]) {
        let Some(mut act) = self.act.take() else { return };
        act.notes(elapsed, readings);
        match self.style {
            Style::Quiet => {}
            Style::Plain => self.say_lines(&mut act),
            Style::Drawn { marks, colour } => {
                if screen::is_due() {
                    let room = screen::room();
                    let lines = frame::frame(&self.shown(&act), room, &marks);
                    screen::draw(texts(&lines, colour), room);
                }
            }
        }
        self.act = Some(act);
    }

    fn ends(&mut self) {
        let (Some(act), Style::Drawn { colour, .. }) = (self.act.take(), self.style) else { return };
        let lines = frame::closing(&self.shown(&act), screen::room());
        screen::leave(&texts(&lines, colour));
    }
}

/// An act that broke off leaves nothing half drawn.
impl Drop for Progress {
    fn drop(&mut self) {
        screen::leave(&[]);
    }
}
