//! How poolbench ends: every failure that is expected, and its exit code.

use std::process::ExitCode;

use crate::archive::StoreError;
use crate::calibrate::CalibrationError;
use crate::gate::Verdict;
use crate::http::PlaceError;
use crate::pool::admin::AdminError;
use crate::provision::ProvisionError;
use crate::run::{RunError, SimulateError};
use crate::scenario::ScenarioError;
use crate::target::SurroundingsError;
use crate::theory::TheoryError;

/// The exit codes. They are part of what poolbench promises: scripts may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: the run came to its end, or the command did what it was asked.
    Pass,
    /// 1: something that poolbench did not expect.
    Unexpected,
    /// 2: the command line or the scenario is wrong.
    Usage,
    /// 3: an objective is not kept, a claim is false, or requests failed that should not.
    Breach,
    /// 4: worse than the baseline.
    Regression,
    /// 5: no server, no connection, too few connections, or nowhere to write.
    Environment,
    /// 6: it cannot be told: no baseline, an incomparable one, a cut-off run, or too little data.
    Inconclusive,
    /// 7: the load itself failed: a step fails by itself, or no request of a lane completed.
    LoadFailed,
    /// 130: stopped by Ctrl-C or SIGTERM; a partial record is written and marked so.
    Stopped,
}

impl Exit {
    /// The code that the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Breach => 3,
            Self::Regression => 4,
            Self::Environment => 5,
            Self::Inconclusive => 6,
            Self::LoadFailed => 7,
            Self::Stopped => 130,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::Noted | Verdict::Better => Self::Pass,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::Regression => Self::Regression,
            Verdict::Breach => Self::Breach,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Everything that can go wrong for a user.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Surroundings(#[from] SurroundingsError),
    #[error(transparent)]
    Provision(#[from] ProvisionError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Calibration(#[from] CalibrationError),
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    #[error(transparent)]
    Theory(#[from] TheoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write {what}: {source}")]
    Write { what: String, source: std::io::Error },
    #[error("cannot draw the charts: {0}")]
    Chart(String),
    #[error("{0}")]
    Listen(String),
    #[error("stopped before anything was measured")]
    Stopped,
    #[error("{0}; please report this as a fault of poolbench")]
    Unexpected(String),
}

impl CliError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Scenario(_) | Self::Usage(_) => Exit::Usage,
            Self::Store(StoreError::Unwritable { .. }) | Self::Write { .. } | Self::Listen(_) => {
                Exit::Environment
            }
            Self::Store(StoreError::Unreadable { .. } | StoreError::NotARecord { .. }) => Exit::Usage,
            Self::Theory(_) | Self::Simulate(_) | Self::Run(RunError::OnlySimulated(_)) => Exit::Usage,
            Self::Run(RunError::Place(PlaceError::Remote) | RunError::NoService) => Exit::Usage,
            Self::Run(RunError::Refused(_) | RunError::Database(AdminError::SetupRefused { .. })) => {
                Exit::Usage
            }
            Self::Run(RunError::LoadFailed { .. } | RunError::NoEnd { .. }) => Exit::LoadFailed,
            Self::Run(RunError::Stopped) => Exit::Stopped,
            Self::Surroundings(_) | Self::Provision(_) | Self::Run(_) | Self::Calibration(_) => {
                Exit::Environment
            }
            Self::Stopped => Exit::Stopped,
            Self::Chart(_) | Self::Unexpected(_) => Exit::Unexpected,
        }
    }
}
