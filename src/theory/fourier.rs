//! A Fourier transform, as small as M/D/c needs it.

use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

/// A complex number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const ONE: Self = Self { re: 1.0, im: 0.0 };

    pub(super) fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    pub(super) fn polar(size: f64, angle: f64) -> Self {
        Self { re: size * angle.cos(), im: size * angle.sin() }
    }

    pub(super) fn exp(self) -> Self {
        Self::polar(self.re.exp(), self.im)
    }

    pub(super) fn size(self) -> f64 {
        self.re.hypot(self.im)
    }

    pub(super) fn angle(self) -> f64 {
        self.im.atan2(self.re)
    }

    pub(super) fn inverse(self) -> Self {
        let square = self.re * self.re + self.im * self.im;
        Self { re: self.re / square, im: -self.im / square }
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

/// Replaces `x` by `Σₙ xₙ·e^(−2πi·kn/N)`; the length is a power of two.
pub(super) fn transform(x: &mut [Complex]) {
    let n = x.len();
    assert!(n.is_power_of_two() && n > 1, "the transform halves its length down to one");
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            x.swap(i, j);
        }
    }
    let turn: Vec<Complex> = (0..n / 2).map(|k| Complex::polar(1.0, -TAU * k as f64 / n as f64)).collect();
    let mut half = 1;
    while half < n {
        let stride = n / (2 * half);
        for block in x.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let turned = *b * turn[k * stride];
                (*a, *b) = (*a + turned, *a - turned);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_sum_that_defines_it() {
        let input: Vec<Complex> =
            (0..16).map(|k| Complex::new(f64::from(k).sin(), f64::from(k * k % 7))).collect();
        let mut fast = input.clone();
        transform(&mut fast);
        for (k, value) in fast.iter().enumerate() {
            let slow = input.iter().enumerate().fold(Complex::default(), |sum, (n, x)| {
                sum + *x * Complex::polar(1.0, -TAU * (k * n) as f64 / 16.0)
            });
            assert!((*value - slow).size() < 1e-12);
        }
    }
}
