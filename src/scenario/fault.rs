//! What is wrong with a scenario file, and where.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use crate::inert::inert_start;

/// One fault of a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The key with its path, such as `steps[1].time`; empty for the file as a whole.
    pub key: String,
    /// What was found.
    pub found: String,
    /// How to mend it.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |text: &str| inert_start(text, MOST_SHOWN);
        write!(f, "{}:{}: ", part(&self.file), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", part(&self.key))?;
        }
        write!(f, "{}; {}", part(&self.found), part(&self.mend))
    }
}

/// Characters of each part of a fault that are shown: what was found may be a whole file.
const MOST_SHOWN: usize = 500;

/// Characters of each part that are kept.
const MOST_KEPT: usize = MOST_SHOWN + 1;

/// A file with more faults than this has one fault: it is no scenario.
pub(super) const MOST_TOLD: usize = 100;

/// The text of one file, and the faults found in it so far.
pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    /// Where each line starts but the first.
    lines: Vec<usize>,
    faults: RefCell<Vec<Fault>>,
    untold: RefCell<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self { file, text, lines, faults: RefCell::default(), untold: RefCell::default() }
    }

    pub(super) fn fault(
        &self,
        span: Range<usize>,
        key: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        if self.is_full() {
            *self.untold.borrow_mut() += 1;
            return;
        }
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line: self.line(span.start),
            key: start(key),
            found: start(&found.into()),
            mend: start(&mend.into()),
        });
    }

    /// Whether further faults are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.faults.borrow().len() >= MOST_TOLD
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at.min(self.text.len())) + 1
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        let (mut faults, untold) = (self.faults.into_inner(), self.untold.into_inner());
        faults.sort_by_key(|fault| fault.line);
        if untold > 0 {
            faults.push(Fault {
                file: self.file.to_owned(),
                line: self.lines.len() + 1,
                key: String::new(),
                found: format!("{untold} more faults are in the file"),
                mend: "mend these first".to_owned(),
            });
        }
        faults
    }
}

fn start(text: &str) -> String {
    text.chars().take(MOST_KEPT).collect()
}
