//! What a run shows of itself while it goes on: the time that a frame takes from the lanes' processors.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::spread::Spread;
use super::{CalibrationError, Effort};

/// Frames of a round: the time of so many that a live view shows in ten seconds.
const FRAMES: u32 = 100;

/// Time of one frame that `draw` draws, given its number; a view shows at most ten a second.
pub(super) fn measure(
    effort: Effort,
    draw: &mut dyn FnMut(u32) -> usize,
) -> Result<Spread<Duration>, CalibrationError> {
    let rounds = effort.pick(3, 7);
    Spread::of(
        "the live view",
        (0..rounds).map(|round| {
            let begun = Instant::now();
            for frame in 0..FRAMES {
                black_box(draw(round * FRAMES + frame));
            }
            begun.elapsed() / FRAMES
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_of_every_round_is_drawn() {
        let mut drawn = Vec::new();
        let measured = measure(Effort::Quick, &mut |frame| {
            drawn.push(frame);
            0
        });
        assert_eq!(measured.unwrap().n, 3);
        assert!(drawn.iter().copied().eq(0..3 * FRAMES));
    }
}
