//! How many requests may be in flight at once: each has a socket, and the system gives so many and no more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::plan::Plan;
use crate::run::RunError;

/// Descriptors that are left for files and for bystanders, whom no cap holds back.
const RESERVED: u64 = 500;

/// More sockets than this are not opened to one service: one address has some 28,000 ports for another one.
const MOST_A_LANE: u64 = 20_000;

/// The plan with no more requests in flight than there are sockets for.
///
/// # Errors
/// When the closed loop asks for more callers than that.
pub(super) fn fitted(plan: &Plan) -> Result<Plan, RunError> {
    let lanes = plan.scopes.len().max(1) as u64;
    let most = (descriptors().saturating_sub(RESERVED) / lanes).clamp(1, MOST_A_LANE);
    let callers = plan.scopes.iter().map(|scope| u64::from(plan.callers(*scope))).max().unwrap_or(0);
    if callers > most {
        return Err(RunError::TooFewSockets { callers, most });
    }
    let mut fitted = plan.clone();
    fitted.load.in_flight_cap = plan.load.in_flight_cap.min(u32::try_from(most).unwrap_or(u32::MAX));
    Ok(fitted)
}

/// How many files and sockets the process may have open. The limit is raised as far as it may be.
fn descriptors() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised =
        current != maximum && setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    // No limit is as good as a very high one.
    (if raised { maximum } else { current }).unwrap_or(u64::MAX)
}
