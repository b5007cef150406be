//! What is wrong with a scenario file, and where.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

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
    /// What would be right.
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}; {}", self.found, self.mend)
    }
}

/// The text of one file, and the faults found in it so far.
pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, faults: RefCell::default() }
    }

    pub(super) fn fault(
        &self,
        span: Range<usize>,
        key: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let upto = &self.text[..span.start.min(self.text.len())];
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line: upto.matches('\n').count() + 1,
            key: key.to_owned(),
            found: found.into(),
            mend: mend.into(),
        });
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }
}
