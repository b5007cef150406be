//! The charts of what a tap saw.

mod concurrency;
mod occupancy;
mod rows;
mod slice;

use super::render::render;
use super::{ChartError, Drawn};
use crate::archive::observed::Observed;
use crate::report::lang::say;
use crate::report::text::clean;
use crate::tap::{KeptShare, Seen};
use crate::units;

/// Draws what each connection did, and how many did it at once.
///
/// # Errors
/// When a stroke or the encoding fails.
pub fn draw_tap(observed: &Observed) -> Result<Vec<Drawn>, ChartError> {
    let occupancy = occupancy::Occupancy::of(observed);
    let concurrency = concurrency::Concurrency::of(observed);
    Ok(vec![render(&occupancy)?, render(&concurrency)?])
}

/// The line at the foot.
fn caption(observed: &Observed) -> String {
    let (created, window) = (clean(&observed.created), units::time(observed.seen.window));
    let created: String = created.chars().take(40).collect();
    say!(
        "poolbench tap · {created} · {window} seen · poolbench {poolbench}",
        created,
        window,
        poolbench = clean(&observed.poolbench)
    )
}

/// The end of the time of which holds are known one by one, in nanoseconds from the beginning of the window.
fn known_until(seen: &Seen) -> u64 {
    let window = nanos(seen.window);
    match seen.kept {
        KeptShare::All => window,
        KeptShare::Until(until) => nanos(until).min(window),
    }
    .max(1)
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests;
