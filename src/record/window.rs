//! The measured span, and numbers that change in it.

use super::Nanos;

/// A span of an act: from, inclusive, to, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// First nanosecond of the span.
    pub from: Nanos,
    /// The nanosecond after its last.
    pub to: Nanos,
}

impl Window {
    /// How much of a span lies in the window.
    #[must_use]
    pub fn clip(&self, from: Nanos, to: Nanos) -> Nanos {
        to.min(self.to).saturating_sub(from.max(self.from))
    }

    /// The instant of the window that is nearest to an instant.
    #[inline]
    #[must_use]
    pub fn clamp(&self, at: Nanos) -> Nanos {
        at.max(self.from).min(self.to)
    }

    /// Whether an instant lies in the window.
    #[must_use]
    pub fn holds(&self, at: Nanos) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Its length.
    #[must_use]
    pub fn length(&self) -> Nanos {
        self.to - self.from
    }
}

/// A number that changes, and its integral over the measured span.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    pub(super) value: u32,
    changed: Nanos,
    pub(super) integral: u128,
}

impl Gauge {
    /// `at` lies in the window: see [`Window::clamp`].
    #[inline]
    pub(super) fn change(&mut self, by: i32, at: Nanos) {
        self.integral += u128::from(at.saturating_sub(self.changed)) * u128::from(self.value);
        self.value = self.value.wrapping_add_signed(by);
        self.changed = self.changed.max(at);
    }
}
