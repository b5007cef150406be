//! A machine that is not always as fast, for the twin: how much longer SQL takes in one run than in
//! another, as real machines have it.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How unsteady a machine is. The figures are standard deviations of the logarithm of a run's time: of
/// what each run has for itself, and of what drifts from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Machine {
    /// Every run is as fast as the last.
    #[default]
    Still,
    /// 1 % and 1 %: two runs in turn differ by 1.6 %.
    Quiet,
    /// 3 % and 5 %, as on a server that others use too: two runs in turn differ by 5 %.
    Shared,
    /// 6 % and 10 %: two runs in turn differ by 11 %.
    Noisy,
}

/// What one run's drift has in common with the run before it.
const REMEMBERED: f64 = 0.8;

/// This share of the runs is disturbed by something else.
const SPIKES: f64 = 0.05;

/// A disturbance is on average so many times what a run has for itself.
const SPIKE: f64 = 3.0;

impl Machine {
    /// All of them with their words.
    pub const ALL: [(&'static str, Self); 4] =
        [("still", Self::Still), ("quiet", Self::Quiet), ("shared", Self::Shared), ("noisy", Self::Noisy)];

    fn deviations(self) -> (f64, f64) {
        match self {
            Self::Still => (0.0, 0.0),
            Self::Quiet => (0.01, 0.01),
            Self::Shared => (0.03, 0.05),
            Self::Noisy => (0.06, 0.10),
        }
    }
}

/// How much longer than planned SQL takes, run after run: drift that fades, what a run has for itself, and
/// now and then something that comes between, which only ever makes it slower.
#[derive(Debug, Clone)]
pub struct Slowness {
    machine: Machine,
    drift: f64,
    random: Xoshiro256PlusPlus,
}

impl Slowness {
    /// Of a machine, with a seed of its own.
    #[must_use]
    pub fn of(machine: Machine, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let drift: f64 = StandardNormal.sample(&mut random);
        Self { machine, drift, random }
    }
}

impl Iterator for Slowness {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let (own, drifting) = self.machine.deviations();
        let normal: f64 = StandardNormal.sample(&mut self.random);
        self.drift = REMEMBERED * self.drift + (1.0 - REMEMBERED * REMEMBERED).sqrt() * normal;
        let noise: f64 = StandardNormal.sample(&mut self.random);
        let spike: f64 = Exp1.sample(&mut self.random);
        let disturbed = self.random.random::<f64>() < SPIKES;
        let spike = if disturbed { SPIKE * own * spike } else { 0.0 };
        Some((drifting * self.drift + own * noise + spike).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The robust deviation of the logarithm of two runs in turn.
    #[test]
    fn two_runs_in_turn_differ_as_they_should() {
        for (machine, expected) in
            [(Machine::Still, 0.0), (Machine::Quiet, 0.016), (Machine::Shared, 0.053), (Machine::Noisy, 0.11)]
        {
            let factors: Vec<f64> = Slowness::of(machine, 7).take(20_000).collect();
            let mut apart: Vec<f64> = factors.chunks(2).map(|two| (two[1] / two[0]).ln().abs()).collect();
            apart.sort_by(f64::total_cmp);
            let robust = apart[apart.len() / 2] * 1.4826;
            assert!((robust - expected).abs() <= 0.08 * expected, "{machine:?}: {robust}");
        }
    }
}
