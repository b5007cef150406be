//! What a failure leaves behind, in words.

use crate::itinerary::{Compensation, Remains};
use crate::plan::Plan;
use crate::report::lang::{say, word};

/// Steps by their names: `create_job + update`.
pub(in crate::report) fn steps(plan: &Plan, steps: &[usize]) -> String {
    let names = steps.iter().filter_map(|step| plan.workload.steps.get(*step));
    names.map(|step| step.name.as_str()).collect::<Vec<_>>().join(" + ")
}

/// What stays when a step fails.
pub(in crate::report) fn remains(plan: &Plan, remains: &Remains) -> String {
    let stays = steps(plan, &remains.stays);
    match remains.compensation {
        Compensation::NotNeeded => word("nothing").to_owned(),
        Compensation::MarksJob => say!("{stays}, marked", stays),
        Compensation::Missing => say!("{stays}, as it is", stays),
    }
}
