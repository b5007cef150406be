//! The chart of what a watch showed.

use plotters::backend::DrawingBackend;

use super::levels::{Levels, Points};
use super::render::{Paper, Picture, Stroke, render};
use super::sheet::headed;
use super::{ChartError, Drawn};
use crate::archive::looked::Looked;
use crate::report::lang::{say, word};
use crate::report::text::clean;
use crate::tap::Level;
use crate::units;
use crate::watch::Stretch;

/// Draws how many connections each look showed.
///
/// # Errors
/// When a stroke or the encoding fails.
pub fn draw_watch(looked: &Looked) -> Result<Vec<Drawn>, ChartError> {
    Ok(vec![render(&Watched { looked })?])
}

struct Watched<'a> {
    looked: &'a Looked,
}

impl Watched<'_> {
    fn levels(&self) -> Levels {
        let seen = &self.looked.seen;
        // One look alone has no length, and is still drawn.
        let until = seen.window.max(seen.interval).as_secs_f64().max(1e-3);
        let points = |of: fn(&Stretch) -> Level| -> Points {
            seen.series.iter().map(|one| (one.from.as_secs_f64().min(until), of(one).mean)).collect()
        };
        Levels::new(until, Some(points(|one| one.open)), points(|one| one.holding), points(|one| one.running))
    }
}

impl Picture for Watched<'_> {
    fn name(&self) -> String {
        "connections".to_owned()
    }

    fn title(&self) -> String {
        word("Connections over time").to_owned()
    }

    fn explains(&self) -> String {
        let seen = &self.looked.seen;
        let each = seen.series.iter().map(|one| one.looks).max().unwrap_or(1);
        let first = if each == 1 {
            word("Each look").to_owned()
        } else {
            say!("Means of up to {each} looks each", each = units::count(each))
        };
        say!(
            "{first}, one every {interval} on average; what came and went between two is not seen. The \
             highest looks had {peak} open, {peak2} in a transaction, {peak3} running SQL.",
            first,
            interval = units::time(seen.interval),
            peak = units::count(seen.open.peak.into()),
            peak2 = units::count(seen.holding.peak.into()),
            peak3 = units::count(seen.running.peak.into())
        )
    }

    fn sees(&self) -> String {
        super::levels::sees()
    }

    fn height(&self, width: i32) -> i32 {
        self.levels().height(width)
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let (created, window) = (clean(&self.looked.created), units::time(self.looked.seen.window));
        let created: String = created.chars().take(40).collect();
        let version = clean(&self.looked.poolbench);
        let caption = say!(
            "poolbench watch · {created} · {window} looked at · poolbench {version}",
            created,
            window,
            version
        );
        headed(paper, &self.title(), &caption)?;
        self.levels().draw(paper, word("seconds since the first look"))
    }
}
