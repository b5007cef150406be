//! Strokes stand where the data says: read off the picture through its axes, and compared with the record.

use super::traced::{Dot, Plot, ROUNDING, Spacing, Traced, distance, stairs};
use super::*;
use crate::analyse::{Act, Metric, Reading, Sizing, Summary};
use crate::record::{Durations, Slice};
use crate::report::chart::style::{BUSY, FREE, INK, LOCKED, WASTED};
use crate::theory::Objective;
use crate::twin::HoldLaw;

static SUMMARY: LazyLock<Summary> = LazyLock::new(|| summarise(&RECORD));

fn traced(name: &str) -> Traced {
    Traced::of(&DRAWN.iter().find(|drawn| drawn.name == name).unwrap().svg)
}

/// Each pool of the record with its lanes.
fn pools() -> impl Iterator<Item = (&'static str, Vec<&'static LaneTape>)> {
    let lanes = |pool: &str| RECORD.side_by_side.iter().filter(|lane| lane.pool == pool).collect();
    RECORD.plan.pools.iter().map(move |pool| (pool.as_str(), lanes(pool)))
}

/// Nominal seconds.
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9 / RECORD.plan.time_scale.factor()
}

fn lane_hue(lane: &LaneTape) -> RGBColor {
    hue(lane.scope.name())
}

fn only<'a, T: ?Sized>(found: &[&'a T], what: &str) -> &'a T {
    assert_eq!(found.len(), 1, "{what}");
    found[0]
}

fn near(is: f64, should: f64) -> bool {
    (is - should).abs() <= ROUNDING
}

/// A box of a hold: from, to, and the middle of its row.
type Bar = [f64; 3];

/// Fails unless each bar that is wide enough to be told from none has its like.
fn each_has_its_like(bars: &[Bar], others: &[Bar], what: &str) {
    for bar in bars.iter().filter(|bar| bar[1] - bar[0] > 2.0 * ROUNDING) {
        let like = |other: &Bar| bar.iter().zip(other).all(|(a, b)| near(*a, *b));
        assert!(others.iter().any(like), "{what}: {bar:?} stands alone");
    }
}

#[test]
fn holds_stand_at_their_connection_and_time() {
    for (pool, lanes) in pools() {
        let chart = traced(&format!("occupancy-{pool}"));
        let plots = chart.plots([Spacing::Even; 2]);
        assert_eq!(plots.len(), lanes.len());
        for (lane, plot) in lanes.into_iter().zip(plots) {
            let start = lane.tape.window.from;
            let column = |nanos: u64| {
                let since = (nanos as f64 - start as f64) / 1e9 / RECORD.plan.time_scale.factor();
                plot.x.pixel(since).clamp(plot.left, plot.right)
            };
            let (mut busy, mut wasted): (Vec<Bar>, Vec<Bar>) = (Vec::new(), Vec::new());
            for (slot, hold) in &lane.tape.occupancy.spans {
                // The number of a connection stands at the middle of its row, and the first one is 1.
                let row = plot.y.pixel(f64::from(*slot) + 1.0);
                let worked = hold.acquired + hold.busy;
                busy.push([column(hold.acquired), column(worked), row]);
                wasted.push([column(worked), column(hold.released), row]);
            }
            for (color, expected) in [(BUSY, busy), (WASTED, wasted)] {
                let what = format!("{pool}, {}, {color:?}", lane.scope);
                let boxes = chart.fills("rect", color).into_iter().filter(|corners| plot.holds(corners));
                let drawn: Vec<Bar> =
                    boxes.map(|at| [at[0].0, at[1].0, f64::midpoint(at[0].1, at[1].1)]).collect();
                each_has_its_like(&drawn, &expected, &what);
                each_has_its_like(&expected, &drawn, &what);
            }
        }
    }
}

/// The share that waited longer than each time, up to where the first one was cut off.
fn waited_longer(waits: &Durations, seconds: impl Fn(u64) -> f64) -> Vec<Dot> {
    let all = waits.seen.count() + waits.censored.count();
    let cut = if waits.censored.count() > 0 { waits.censored.least() } else { u64::MAX };
    let mut left = all;
    let mut steps = vec![(0.0, 1.0)];
    for (nanos, times) in waits.seen.values().take_while(|(nanos, _)| *nanos < cut) {
        left -= times;
        steps.push((seconds(nanos), left as f64 / all as f64));
    }
    let end = waits.seen.greatest().max(waits.censored.greatest());
    steps.push((seconds(end), left as f64 / all as f64));
    steps
}

#[test]
fn waits_are_drawn_at_their_time_and_share() {
    for (pool, lanes) in pools() {
        let chart = traced(&format!("acquire-wait-{pool}"));
        let plots = chart.plots([Spacing::Decades; 2]);
        let plot = &plots[0];
        for lane in lanes {
            let what = format!("{pool}, {}", lane.scope);
            let waits = &lane.tape.measured.acquire_wait;
            let way = stairs(waited_longer(waits, seconds));
            plot.is_way(only(&chart.lines(lane_hue(lane), 5), &what), &way, &what);
            let circles = chart.fills("circle", lane_hue(lane));
            assert_eq!(circles.len(), usize::from(waits.censored.count() > 0), "{what}");
            circles.iter().for_each(|end| plot.lies_on(end, &way[way.len() - 1..], &what));

            let twin = &SUMMARY.twin.side_by_side(lane).unwrap().tape.measured.acquire_wait;
            let dashes = chart.lines(dark(lane_hue(lane)), 4);
            let longest = twin.seen.greatest().max(twin.censored.greatest());
            assert_eq!(dashes.is_empty(), longest == 0, "{what}");
            // Times of the twin are nominal.
            let way = stairs(waited_longer(twin, |nanos| nanos as f64 / 1e9));
            dashes.iter().for_each(|dash| plot.lies_on(dash, &way, &format!("twin of {what}")));
        }
    }
}

/// Fails unless each level of a line is the mean of its slices, from the first slice to the last.
fn levels_are_means(plot: &Plot, line: &[Dot], slices: &[Slice], step: f64, what: &str) {
    let slice = |pixel: f64| {
        let index = (plot.x.value(pixel) / step).round();
        assert!(near(plot.x.pixel(index * step), pixel), "{what}: a step inside of a slice at {pixel} px");
        (index as usize).min(slices.len())
    };
    assert_eq!((slice(line[0].0), slice(line[line.len() - 1].0)), (0, slices.len()), "{what}");
    for ends in line.windows(2).filter(|ends| ends[0].0 != ends[1].0) {
        assert_eq!(ends[0].1, ends[1].1, "{what}: a slope");
        let (from, to) = (slice(ends[0].0), slice(ends[1].0));
        let completed: u64 = slices[from..to].iter().map(|slice| slice.completed).sum();
        let rate = completed as f64 / ((to - from) as f64 * step);
        let drawn = plot.y.value(ends[0].1);
        assert!(
            near(plot.y.pixel(rate), ends[0].1),
            "{what}: {drawn}/s from slice {from} to {to} instead of {rate}/s"
        );
    }
}

#[test]
fn throughput_is_drawn_at_its_time_and_rate() {
    for (pool, lanes) in pools() {
        let chart = traced(&format!("throughput-{pool}"));
        let plots = chart.plots([Spacing::Even; 2]);
        for lane in &lanes {
            let (series, what) = (&lane.tape.series, format!("{pool}, {}", lane.scope));
            let line = only(&chart.lines(lane_hue(lane), 5), &what);
            levels_are_means(&plots[0], line, &series.slices, seconds(series.step), &what);
        }
        let (rate, end) = (RECORD.plan.load.rate.as_per_second(), seconds(lanes[0].tape.window.to));
        let offered: Vec<Dot> = chart.lines(INK, 3).concat();
        plots[0].lies_on(&offered, &[(0.0, rate), (end, rate)], "the offered rate");
        for reached in [0.0, end] {
            assert!(distance(plots[0].at((reached, rate)), &offered) <= ROUNDING, "from {reached}");
        }
    }
}

#[test]
fn gauges_are_drawn_at_the_end_of_their_slice() {
    for (pool, lanes) in pools() {
        let chart = traced(&format!("pool-{pool}"));
        let plots = chart.plots([Spacing::Even; 2]);
        let counts: [fn(&Slice) -> u32; 2] = [|slice| slice.in_use, |slice| slice.waiting];
        for lane in lanes {
            let lines = chart.lines(lane_hue(lane), 4);
            assert_eq!(lines.len(), counts.len());
            let series = &lane.tape.series;
            for ((plot, line), count) in plots.iter().zip(lines).zip(counts) {
                let ends = (1_u64..).map(|end| seconds(end * series.step));
                let way = stairs(ends.zip(series.slices.iter().map(|slice| f64::from(count(slice)))));
                plot.is_way(line, &way, &format!("{pool}, {}", lane.scope));
            }
        }
    }
}

#[test]
fn states_of_the_server_are_stacked_at_their_time() {
    for (pool, lanes) in pools() {
        let chart = traced(&format!("server-{pool}"));
        for (lane, plot) in lanes.into_iter().zip(chart.plots([Spacing::Even; 2])) {
            let server = &lane.server;
            let mut below = vec![0.0; server.at.len()];
            for (color, state) in [BUSY, WASTED, FREE].into_iter().zip([
                &server.active,
                &server.idle_in_transaction,
                &server.idle,
            ]) {
                let what = format!("{pool}, {}, {color:?}", lane.scope);
                let edge =
                    |heights: &[f64]| stairs(server.at.iter().map(|at| seconds(*at)).zip(heights.to_vec()));
                let above: Vec<f64> =
                    below.iter().zip(state).map(|(sum, more)| sum + f64::from(*more)).collect();
                let way: Vec<Dot> = edge(&above).into_iter().chain(edge(&below).into_iter().rev()).collect();
                let bands = chart.fills("polygon", color).into_iter().filter(|corners| plot.holds(corners));
                plot.is_way(only(&bands.collect::<Vec<_>>(), &what), &way, &what);
                below = above;
            }
        }
    }
}

/// Those that wait for a lock are taken from the active ones below them.
#[test]
fn connections_that_wait_for_a_lock_have_a_band_of_their_own() {
    let mut record = RECORD.clone();
    let chart_of = |record: &Run| {
        let summary = summarise(record);
        let drawn = super::super::draw(View { record, summary: &summary }).unwrap();
        Traced::of(&drawn.iter().find(|chart| chart.name == "server-sqlx").unwrap().svg)
    };
    assert!(chart_of(&record).fills("polygon", LOCKED).is_empty());
    let server = &mut record.side_by_side[0].server;
    server.active.fill(9);
    server.waiting_for_lock = Some(vec![4; server.at.len()]);
    let chart = chart_of(&record);
    assert!(chart.words.iter().any(|word| word.text == "waiting for a lock"));
    let plot = &chart.plots([Spacing::Even; 2])[0];
    for (color, top) in [(BUSY, 5.0), (LOCKED, 9.0)] {
        let bands = chart.fills("polygon", color).into_iter().filter(|corners| plot.holds(corners));
        let row = plot.y.pixel(top);
        assert!(bands.flatten().any(|(_, y)| near(*y, row)), "{color:?} up to {top}");
    }
}

#[test]
fn bars_of_the_capacity_and_their_marks_end_at_their_rates() {
    let mut record = RECORD.clone();
    record.plan.claims = vec![Claim {
        id: "C4".into(),
        says: "throughput grows".into(),
        measure: ClaimMeasure::ThroughputRatio,
        expect: 90.0,
        requests: 1,
    }];
    let mut summary = summarise(&record);
    // Where they agree, the mark of one could stand for that of the other.
    for figure in summary.figures.iter_mut().filter(|it| it.metric == Metric::ThroughputCounted) {
        let twin = figure.nominal.as_mut().and_then(|side| side.twin.as_mut());
        twin.into_iter().for_each(|twin| *twin = Reading::Figure(twin.figure().unwrap().times(0.5)));
    }
    let drawn = super::super::draw(View { record: &record, summary: &summary }).unwrap();
    let chart = Traced::of(&drawn.last().unwrap().svg);
    let plots = chart.plots([Spacing::Even, Spacing::Nothing]);
    let plot = &plots[0];
    let is_at = |pixel: f64, rate: f64, what: &str| {
        let drawn = plot.x.value(pixel);
        assert!(near(plot.x.pixel(rate), pixel), "{what}: {drawn}/s instead of {rate}/s");
    };
    let said = |text: &str, y: f64| chart.words.iter().any(|word| word.text == text && word.at.1 == y);
    let rate = |lane: &LaneTape| {
        let figure = |metric| summary.figures.at(Act::Capacity, &lane.pool, lane.scope, metric).unwrap();
        // Little's law: connections in use ÷ how long a request holds one at nominal times.
        let hold = figure(Metric::HoldMean).at_nominal().unwrap().value.number();
        figure(Metric::ConnectionsMean).at_nominal().unwrap().value.number() / hold
    };
    let counted = |lane: &LaneTape| {
        let nanos = (lane.tape.window.to - lane.tape.window.from) as f64;
        lane.tape.completed_in_window as f64 / (nanos / 1e9)
    };
    let bars = |lane: &LaneTape| -> Vec<(f64, f64)> {
        let boxes = chart.fills("rect", lane_hue(lane)).into_iter().filter(|at| at[0].0 == plot.left);
        boxes.map(|at| (at[1].0, f64::midpoint(at[0].1, at[1].1))).collect()
    };
    let hold = |scope: SessionScope| if scope == SessionScope::Request { 180.0 } else { 1.0 };
    for lane in &record.capacity {
        let what = format!("{}, {}", lane.pool, lane.scope);
        let found = bars(lane);
        let mine = found.iter().find(|(_, y)| said(&lane.pool, y + 18.0)).unwrap_or_else(|| panic!("{what}"));
        let (end, middle) = *mine;
        assert!(said(lane.scope.name(), middle - 18.0), "{what}");
        is_at(end, rate(lane), &what);
        let beside = |dots: &&&[Dot]| dots.iter().all(|(_, y)| (y - middle).abs() < 60.0);
        let theory = chart.lines(INK, 3);
        let theory: Vec<_> = theory.iter().filter(beside).copied().collect();
        is_at(only(&theory, &what)[0].0, 20.0 / hold(lane.scope), &format!("theory of {what}"));
        let shapes = chart.fills("polygon", INK);
        let of = |corners: usize| -> Vec<_> {
            shapes.iter().filter(beside).filter(|dots| dots.len() == corners).copied().collect()
        };
        let twin = summary.twin.capacity(lane).unwrap();
        is_at(only(&of(4), &what)[0].0, counted(twin) / 2.0, &format!("twin of {what}"));
        match lane.scope {
            SessionScope::Request => assert!(of(3).is_empty(), "{what}"),
            _ => is_at(only(&of(3), &what)[0].0, 90.0 * 20.0 / 180.0, &format!("claim of {what}")),
        }
    }
}

#[test]
fn waits_of_a_sizing_are_drawn_at_their_rate_and_size() {
    let asked = RECORD.plan.wait_objective().unwrap();
    let objective = Objective { quantile: asked.quantile, wait: asked.wait };
    let sizing = Sizing::of(&RECORD.plan, objective, &HoldLaw::Fixed).unwrap();
    let charts = draw_sizing(&RECORD.plan, &sizing).unwrap();
    for chart in &charts {
        let trace = Traced::of(&chart.svg);
        let plots = trace.plots([Spacing::Decades; 2]);
        for scope in &sizing.scopes {
            let what = format!("{}, {}", chart.name, scope.scope);
            let curve = if chart.name == "wait-over-rate" { &scope.over_rate } else { &scope.over_size };
            // Shorter waits lie on the lower border, which is at 1 ms.
            let way: Vec<Dot> =
                curve.points.iter().map(|(at, wait)| (*at, wait.as_secs_f64().max(1e-3))).collect();
            let color = hue(scope.scope.name());
            plots[0].is_way(only(&trace.lines(color, 5), &what), &way, &what);
            let kept = curve.knee.map(|knee| (knee.at, objective.wait.as_secs_f64()));
            let circles = trace.fills("circle", color);
            assert_eq!(circles.len(), usize::from(kept.is_some()), "{what}");
            kept.iter().for_each(|kept| plots[0].is_way(circles[0], &[*kept], &what));
        }
        let row = plots[0].y.pixel(objective.wait.as_secs_f64());
        let objective = trace.lines(INK, 3).concat();
        assert!(!objective.is_empty() && objective.iter().all(|(_, y)| near(*y, row)), "{}", chart.name);
    }
}
