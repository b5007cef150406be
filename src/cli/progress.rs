//! Live progress on standard error: both scopes next to each other while an act runs. On a
//! terminal the lines are drawn in place; elsewhere a plain line is written now and then.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::load::LiveReading;
use crate::plan::{Plan, Seen};
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
    Drawn,
}

struct ActProgress {
    kind: ActKind,
    labels: Vec<LaneName>,
    lasts: Duration,
    bars: Vec<ProgressBar>,
    told: Duration,
    /// Completed requests of each lane some time ago, for the throughput.
    past: Vec<(Duration, Vec<u64>)>,
}

impl Progress {
    pub(super) fn new(plan: &Plan, quiet: bool) -> Self {
        let style = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Style::Quiet,
            (false, true) => Style::Drawn,
            (false, false) => Style::Plain,
        };
        Self { style, size: plan.pool.size, scale: plan.time_scale, seen: plan.seen(), act: None }
    }

    fn lane_line(&self, act: &ActProgress, lane: usize, reading: &LiveReading, elapsed: Duration) -> String {
        let name = act.labels[lane].scope.name();
        let head = match self.seen {
            Seen::FromInside => {
                format!(
                    "{name:<17} in use {:>2}/{} waiting {:>4}",
                    reading.in_use, self.size, reading.waiting
                )
            }
            Seen::FromOutside => format!("{name:<17} in flight {:>5}", reading.in_flight),
        };
        if act.kind == ActKind::Anatomy {
            return format!("{:<18} {head}", act.labels[lane].pool);
        }
        let past = act.past.first();
        let rate = past.map_or(0.0, |(then, completed)| {
            let seconds = elapsed.saturating_sub(*then).as_secs_f64();
            let since = reading.completed.saturating_sub(completed[lane]) as f64;
            if seconds > 0.0 { since / seconds * self.scale.factor() } else { 0.0 }
        });
        format!(
            "{head} {:>6}/s done {:>5} failed {:>5}",
            units::number(rate),
            reading.completed,
            reading.failed
        )
    }
}

fn say(words: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{words}");
}

fn title(act: &ActProgress) -> String {
    match act.kind {
        ActKind::Anatomy => "anatomy: one request a scope".to_owned(),
        ActKind::SideBySide | ActKind::Capacity | ActKind::Proof => {
            format!("{}: {}", act.kind.name(), act.labels.first().map_or("", |label| label.pool))
        }
    }
}

impl Watch for Progress {
    fn begins(&mut self, kind: ActKind, lanes: &[LaneName], lasts: Duration) {
        let mut act = ActProgress {
            kind,
            labels: lanes.to_vec(),
            lasts,
            bars: Vec::new(),
            told: Duration::ZERO,
            past: Vec::new(),
        };
        match self.style {
            Style::Quiet => {}
            Style::Plain => say(&format!("poolbench: {}, about {}", title(&act), units::time(lasts))),
            Style::Drawn => {
                let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8));
                let head = ProgressBar::new(lasts.as_millis() as u64);
                if let Ok(style) = ProgressStyle::with_template("{prefix:<34} {bar:24} {msg}") {
                    head.set_style(style.progress_chars("=> "));
                }
                head.set_prefix(title(&act));
                act.bars.push(all.add(head));
                for _ in lanes {
                    let line = ProgressBar::new(1);
                    if let Ok(style) = ProgressStyle::with_template("  {msg}") {
                        line.set_style(style);
                    }
                    act.bars.push(all.add(line));
                }
            }
        }
        self.act = Some(act);
    }

    fn ticks(&mut self, elapsed: Duration, readings: &[LiveReading]) {
        let Some(mut act) = self.act.take() else { return };
        act.past.push((elapsed, readings.iter().map(|reading| reading.completed).collect()));
        let keep = act.past.iter().position(|(then, _)| *then + OVER >= elapsed).unwrap_or(0);
        act.past.drain(..keep);
        match self.style {
            Style::Quiet => {}
            Style::Plain => {
                if elapsed >= act.told + PLAIN_EVERY {
                    act.told = elapsed;
                    let left = units::time(Duration::from_secs(act.lasts.saturating_sub(elapsed).as_secs()));
                    for (lane, reading) in readings.iter().enumerate() {
                        let line = self.lane_line(&act, lane, reading, elapsed);
                        say(&format!("poolbench: {:>3} s, {left} left: {line}", elapsed.as_secs()));
                    }
                }
            }
            Style::Drawn => {
                let left = act.lasts.saturating_sub(elapsed).as_secs();
                if let Some((head, lines)) = act.bars.split_first() {
                    head.set_position(elapsed.min(act.lasts).as_millis() as u64);
                    head.set_message(format!("{} s, {left} s left", elapsed.as_secs()));
                    for (lane, (line, reading)) in lines.iter().zip(readings).enumerate() {
                        line.set_message(self.lane_line(&act, lane, reading, elapsed));
                    }
                }
            }
        }
        self.act = Some(act);
    }

    fn ends(&mut self) {
        if let Some(act) = self.act.take() {
            for bar in &act.bars {
                bar.abandon();
            }
        }
    }
}
