//! What a run tells whoever watches it. The run knows no terminal.

use std::time::Duration;

use crate::itinerary::SessionScope;
use crate::load::LiveReading;
use crate::scenario::PoolKind;

/// One of the acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActKind {
    /// One request a lane.
    Anatomy,
    /// The open loop.
    SideBySide,
    /// The closed loop.
    Capacity,
    /// The open loop again, at another time scale.
    Proof,
}

impl ActKind {
    /// The name of the act.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anatomy => "anatomy",
            Self::SideBySide => "side by side",
            Self::Capacity => "capacity",
            Self::Proof => "proof of scale",
        }
    }
}

/// What a lane is called: its pool library and session scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneLabel {
    /// Its pool library.
    pub(super) pool: PoolKind,
    /// Its session scope.
    pub(super) scope: SessionScope,
}

impl LaneLabel {
    /// The lane by its names.
    pub(super) fn name(self) -> LaneName {
        LaneName { pool: self.pool.name(), scope: self.scope }
    }
}

/// What a lane is called for whoever watches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneName {
    /// The name of its pool library, or what stands for it.
    pub pool: &'static str,
    /// Its session scope.
    pub scope: SessionScope,
}

/// Watches a run.
pub trait Watch {
    /// An act begins, with these lanes, and will last about so long.
    fn begins(&mut self, act: ActKind, lanes: &[LaneName], lasts: Duration);

    /// A few times a second: how far the act is, and each lane's figures.
    fn ticks(&mut self, elapsed: Duration, readings: &[LiveReading]);

    /// The act has ended.
    fn ends(&mut self);
}

/// A watcher that shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn begins(&mut self, _: ActKind, _: &[LaneName], _: Duration) {}
    fn ticks(&mut self, _: Duration, _: &[LiveReading]) {}
    fn ends(&mut self) {}
}
