//! Properties that have to hold for hostile input, whatever it is: the same inputs on every run, as many
//! as are asked for, and a limit of time for each.

use std::cell::Cell;
use std::env;
use std::fmt::Debug;
use std::io::{Write, stderr};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Inputs of all properties together, where nobody asks for more.
const INPUTS: u64 = 100_000;

/// The longest that one input may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Tries a property on its share of the inputs: so many of each 100,000. `POOLBENCH_INPUTS` asks for
/// another number in all and `POOLBENCH_SEED` for other ones. The property says whether it took the
/// input or refused it.
///
/// # Panics
/// When the property does not hold for an input, which is made as small as possible and shown.
pub(crate) fn each<S>(name: &str, share: u64, inputs: &S, property: impl Fn(S::Value) -> Took)
where
    S: Strategy,
    S::Value: Clone + Debug,
{
    let asked = |name| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let cases = asked("POOLBENCH_INPUTS").unwrap_or(INPUTS).saturating_mul(share) / INPUTS;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&asked("POOLBENCH_SEED").unwrap_or(0).to_le_bytes());
    let config = Config {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let (taken, slowest, begun) = (Cell::new(0_u64), Cell::new(Duration::ZERO), Instant::now());
    let outcome = runner.run(inputs, |input| {
        let try_it = |input| {
            let began = Instant::now();
            (property(input), began.elapsed())
        };
        let (took, mut lasted) = try_it(input.clone());
        if lasted > LIMIT {
            // Once more: something else may have had the machine.
            lasted = try_it(input).1;
        }
        taken.set(taken.get() + u64::from(took == Took::Yes));
        slowest.set(slowest.get().max(lasted));
        if lasted > LIMIT { Err(TestCaseError::fail(format!("took {lasted:?}"))) } else { Ok(()) }
    });
    if let Err(fault) = outcome {
        panic!("{name}: {fault}");
    }
    // Past the test harness, which swallows what passing tests print.
    let _ = writeln!(
        stderr(),
        "{name}: {cases} inputs in {:.1?}, {} taken, the slowest {:.1?}",
        begun.elapsed(),
        taken.get(),
        slowest.get(),
    );
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Took {
    /// It was taken.
    Yes,
    /// It was refused, in words.
    No,
}

impl<T, E> From<Result<T, E>> for Took {
    fn from(outcome: Result<T, E>) -> Self {
        if outcome.is_ok() { Self::Yes } else { Self::No }
    }
}
