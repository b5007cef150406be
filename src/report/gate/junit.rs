//! The gate as JUnit XML, which most CI servers show test by test.

use crate::report::lang::{Lang, within};
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::rows::rows;
use crate::gate::{Judgement, Verdict};
use crate::report::words;

/// Writes the judgements as one report, a suite for each run. What cannot be told is an error, and what is breached
/// or worse a failure: neither looks like a pass.
///
/// # Errors
/// When the writer fails.
pub fn junit(judgements: &[Judgement], out: &mut dyn Write) -> io::Result<()> {
    // Programs compare names from run to run, so they are the same in every language.
    within(Lang::En, || write(judgements, out))
}

fn write(judgements: &[Judgement], out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new("poolbench gate");
    for judgement in judgements {
        let mut suite = TestSuite::new(format!("{}: {}", judgement.scenario, judgement.run));
        for row in rows(judgement) {
            let name = if row.place.is_empty() { row.asks } else { format!("{} ({})", row.asks, row.place) };
            let mut case = TestCase::new(name, status(row.verdict, &row.finding));
            case.set_classname(format!("poolbench.{}", judgement.scenario));
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.serialize(&mut *out).map_err(io::Error::other)?;
    writeln!(out)
}

fn status(verdict: Verdict, finding: &str) -> TestCaseStatus {
    let kind = match verdict {
        Verdict::Pass | Verdict::Noted | Verdict::Better => return TestCaseStatus::success(),
        Verdict::Inconclusive => NonSuccessKind::Error,
        Verdict::Regression | Verdict::Breach => NonSuccessKind::Failure,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(words::gate_verdict(verdict)).set_message(finding);
    status
}
