//! What stays behind on somebody's servers while a run works there, so that whoever ends the run
//! at once can say what it leaves.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Something of poolbench's that is still there, and what removes it. No text holds a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What it is and where, and why it is still there.
    pub what: String,
    /// How it goes: a statement, or what will remove it.
    pub remedy: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stays; {}", self.what, self.remedy)
    }
}

/// What poolbench has on the servers now. Every copy shows the same.
#[derive(Debug, Clone, Default)]
pub struct Leftovers(Arc<Mutex<Vec<Left>>>);

impl Leftovers {
    /// What poolbench has on the servers now.
    #[must_use]
    pub fn list(&self) -> Vec<Left> {
        // Whatever panicked while it held the lock, the list is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the list.
    pub(super) fn set(&self, left: Vec<Left>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}
