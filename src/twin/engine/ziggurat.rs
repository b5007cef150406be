//! Exponential and normal draws by the ziggurat method (Marsaglia & Tsang 2000): 256 layers of equal
//! area over the density; 99 of 100 draws are one look-up, one comparison and one product.
//!
//! Only exact arithmetic and a portable exponential function decide, and tails are drawn from further
//! exponential draws instead of logarithms, so that every machine draws the same.

use std::sync::LazyLock;

use super::seed::Bits;

/// The layers under a falling density that is 1 at 0.
#[derive(Debug)]
struct Layers {
    /// Right edge of each layer ÷ 2⁵²; the first is that of the base if it were a rectangle.
    width: [f64; 256],
    /// Below this a draw of 52 bits lies under the density whatever its height.
    inside: [u64; 256],
    /// The density at the right edge of each layer, and at 0.
    height: [f64; 257],
}

impl Layers {
    /// The layers for a density, its inverse, the edge of the base layer and the area of each.
    fn new(density: fn(f64) -> f64, inverse: fn(f64) -> f64, edge: f64, area: f64) -> Self {
        let mut edges = [0.0; 257];
        edges[0] = area / density(edge);
        edges[1] = edge;
        for i in 2..256 {
            edges[i] = inverse(area / edges[i - 1] + density(edges[i - 1]));
        }
        let scale = (1u64 << 52) as f64;
        let mut layers = Self { width: [0.0; 256], inside: [0; 256], height: [1.0; 257] };
        for i in 0..256 {
            layers.width[i] = edges[i] / scale;
            layers.inside[i] = (edges[i + 1] / edges[i] * scale) as u64;
            layers.height[i] = density(edges[i]);
        }
        layers
    }
}

static EXPONENTIAL: LazyLock<Layers> = LazyLock::new(|| {
    Layers::new(|x| libm::exp(-x), |y| -libm::log(y), 7.697_117_470_131_05, 3.949_659_822_581_572e-3)
});

static NORMAL: LazyLock<Layers> = LazyLock::new(|| {
    let inverse = |y: f64| (-2.0 * libm::log(y)).sqrt();
    Layers::new(|x| libm::exp(-0.5 * x * x), inverse, 3.654_152_885_361_009, 4.928_673_233_992_336e-3)
});

/// Draws exponential times of mean 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exponential(&'static Layers);

impl Exponential {
    pub(super) fn new() -> Self {
        Self(&EXPONENTIAL)
    }

    #[inline]
    pub(super) fn draw(self, from: &mut impl Bits) -> f64 {
        let bits = from.bits();
        let (layer, position) = ((bits & 255) as usize, bits >> 12);
        let x = position as i64 as f64 * self.0.width[layer];
        if position < self.0.inside[layer] { x } else { self.draw_at_edge(from, layer, x) }
    }

    #[cold]
    #[inline(never)]
    fn draw_at_edge(self, from: &mut impl Bits, layer: usize, x: f64) -> f64 {
        if layer == 0 {
            // Beyond any point an exponential time begins anew.
            return 7.697_117_470_131_05 + self.draw(from);
        }
        let (low, high) = (self.0.height[layer], self.0.height[layer + 1]);
        if low + (high - low) * share(from) < libm::exp(-x) { x } else { self.draw(from) }
    }
}

/// Draws normal values of mean 0 and deviation 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Normal {
    layers: &'static Layers,
    tail: Exponential,
}

impl Normal {
    pub(super) fn new() -> Self {
        Self { layers: &NORMAL, tail: Exponential::new() }
    }

    #[inline]
    pub(super) fn draw(self, from: &mut impl Bits) -> f64 {
        loop {
            let bits = from.bits();
            let (layer, position) = ((bits & 255) as usize, bits >> 12);
            let x = position as i64 as f64 * self.layers.width[layer];
            let sign = if bits & 256 == 0 { 1.0 } else { -1.0 };
            if position < self.layers.inside[layer] {
                return sign * x;
            }
            if layer == 0 {
                return sign * self.draw_tail(from);
            }
            let (low, high) = (self.layers.height[layer], self.layers.height[layer + 1]);
            if low + (high - low) * share(from) < libm::exp(-0.5 * x * x) {
                return sign * x;
            }
        }
    }

    /// Marsaglia's tail: from the edge on, an exponential time, kept as often as the density says.
    #[cold]
    fn draw_tail(self, from: &mut impl Bits) -> f64 {
        let edge = 3.654_152_885_361_009;
        loop {
            let beyond = self.tail.draw(from) / edge;
            if 2.0 * self.tail.draw(from) > beyond * beyond {
                return edge + beyond;
            }
        }
    }
}

/// A number in [0, 1).
fn share(from: &mut impl Bits) -> f64 {
    (from.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::engine::seed::{DrawStream, Seed};

    /// Share of draws above each limit, against the true share, in standard errors.
    fn check(draw: impl Fn(&mut crate::twin::engine::seed::Ordered) -> f64, cases: &[(f64, f64)]) {
        let n = 400_000;
        let mut from = Seed(3).in_order(DrawStream::Routing, 0);
        let draws: Vec<f64> = (0..n).map(|_| draw(&mut from)).collect();
        for (limit, share) in cases {
            let above = draws.iter().filter(|x| *x > limit).count() as f64 / f64::from(n);
            let error = (share * (1.0 - share) / f64::from(n)).sqrt();
            assert!((above - share).abs() < 4.0 * error, "above {limit}: {above}, not {share}");
        }
    }

    #[test]
    fn exponential_draws_have_their_tail() {
        let cases = [0.01, 0.1, 0.5, 1.0, 2.0, 4.0, 7.0, 8.5].map(|x: f64| (x, (-x).exp()));
        check(|from| Exponential::new().draw(from), &cases);
    }

    #[test]
    fn normal_draws_have_both_tails() {
        let upper = [
            (0.0, 0.5),
            (0.5, 0.308_538),
            (1.0, 0.158_655),
            (2.0, 0.022_750),
            (3.0, 0.001_350),
            (3.7, 1.078e-4),
        ];
        check(|from| Normal::new().draw(from), &upper);
        check(|from| -Normal::new().draw(from), &upper);
    }
}
