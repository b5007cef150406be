//! What would this pool need? Answered from a scenario, without any server:
//!
//! ```sh
//! cargo run --release --example what_would_this_pool_need
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Duration;

use poolbench::analyse::Sizing;
use poolbench::plan::Plan;
use poolbench::run::{HoldSource, simulate};
use poolbench::scenario::Scenario;
use poolbench::theory::Objective;
use poolbench::twin::HoldLaw;
use poolbench::units::Quantile;

/// An endpoint that asks a language model between two statements.
const SCENARIO: &str = r#"
why = "What does it cost to ask a language model with a transaction open?"
request = "POST /chat"
pools = ["sqlx"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1/20"
seed = 1
load = { rate = "2/s" }
pool = { size = 20, acquire-timeout = "30s" }
phases = { warm-up = "5m", measure = "1h", drain = "5m" }
capacity = { warm-up = "5m", measure = "10m" }

[[steps]]
name = "load_thread"
kind = "sql"
time = "20ms"
operation = "create-job"

[[steps]]
name = "ask_the_model"
kind = "work"
time = "60s"

[[steps]]
name = "save_answer"
kind = "sql"
time = "30ms"
operation = "update-job-state"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::of(&Scenario::parse("chat", "chat.toml", SCENARIO)?);
    let objective = Objective { quantile: Quantile::P99, wait: Duration::from_millis(100) };
    let sizing = Sizing::of(&plan, objective, &HoldLaw::Fixed)?;
    for scope in &sizing.scopes {
        let (name, needs) = (scope.scope.name(), scope.smallest.connections);
        let (least, most) = scope.smallest.between;
        // Where no formula is exact, as for two statements a request, the twin was asked.
        let range = if least == most { String::new() } else { format!(" ({least} to {most})") };
        println!("{name:<18} connections needed at {}: {needs}{range}", plan.load.rate);
    }

    // The same in virtual time, with the pool as it is.
    let holds = HoldSource::Law(HoldLaw::Fixed);
    let run = simulate(&plan, &holds, NonZeroUsize::MIN)?.run;
    for lane in &run.side_by_side {
        let ledger = lane.tape.measured.ledger;
        println!(
            "{:<18} with {} connections: {} of {} requests completed, {} found no connection in time",
            lane.scope.name(),
            plan.pool.size,
            ledger.completed,
            ledger.scheduled,
            ledger.acquire_timed_out
        );
    }
    Ok(())
}
