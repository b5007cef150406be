//! The runs of a folder as text.

use crate::report::lang::word;
use std::io;

use super::{WIDTH, write_safe};
use crate::report::Listed;
use crate::report::text::{clean, wrap};

/// Writes the runs in the order in which they are given: a line of what each is, its verdict, and its folder.
///
/// # Errors
/// When the writer fails.
pub fn runs(runs: &[Listed], out: &mut dyn io::Write) -> io::Result<()> {
    let told = runs.iter().map(|run| {
        let headline = &run.headline;
        let first = format!("{}  {}  {}", headline.created, word(headline.kind.word()), headline.scenario);
        let line = |text: &str| wrap(&clean(text), WIDTH.into(), "  ", "  ");
        format!("{}\n{}\n  {}\n", clean(&first), line(&headline.verdict), clean(&run.folder))
    });
    write_safe(&told.collect::<Vec<_>>().join("\n"), out)
}
