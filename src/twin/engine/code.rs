//! Programs as the general engine steps through them.

use super::law::Sampler;
use super::nanos::Nanos;
use super::plan::{Plan, Source};
use super::program::Move;

/// One instruction.
#[derive(Debug)]
pub(super) enum Step {
    /// A round of a caller begins.
    Begin,
    /// Asks for a connection: the request's first hold is 0.
    Acquire { hold: u32 },
    /// Spends a fixed time, in the queue of all that spend this time.
    Pause { queue: u32, time: Nanos },
    /// Spends a drawn time.
    Draw(Sampler),
    /// Gives back the connection of a hold.
    Release { hold: u32 },
    /// The request is over.
    End,
}

/// What all classes do, one after the other.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    /// Where each class starts.
    pub(super) starts: Vec<u32>,
    /// The fixed times that have a queue.
    pub(super) queues: Vec<Nanos>,
    /// The queue in which the callers of each class think, if they all think the same time.
    pub(super) thinking: Vec<Option<u32>>,
}

impl Code {
    const MOST_QUEUES: usize = 16;

    pub(super) fn new(plan: &Plan) -> Self {
        let mut code =
            Self { steps: Vec::new(), starts: Vec::new(), queues: Vec::new(), thinking: Vec::new() };
        for class in &plan.classes {
            code.starts.push(code.steps.len() as u32);
            let think = match &class.source {
                Source::Open(_) | Source::Due(_) => None,
                Source::Closed { think, .. } => {
                    code.steps.push(Step::Begin);
                    think.constant().and_then(|time| code.queue(time))
                }
            };
            code.thinking.push(think);
            let (mut holds, mut held) = (0, Vec::new());
            for step in class.program.moves() {
                let step = match step {
                    Move::Acquire => {
                        held.push(holds);
                        holds += 1;
                        Step::Acquire { hold: holds - 1 }
                    }
                    Move::Release => Step::Release { hold: held.pop().unwrap_or_default() },
                    Move::Spend(law) => law
                        .constant()
                        .and_then(|time| code.queue(time).map(|queue| Step::Pause { queue, time }))
                        .unwrap_or_else(|| Step::Draw(law.sampler())),
                };
                code.steps.push(step);
            }
            code.steps.push(Step::End);
        }
        code
    }

    /// The hold that a request waits for, when its next step is the one at `at`.
    #[inline]
    pub(super) fn waited_for(&self, at: u32) -> u32 {
        match self.steps[at as usize - 1] {
            Step::Acquire { hold } => hold,
            _ => unreachable!("who waits has come from an acquisition"),
        }
    }

    /// The holds that a request of a class has when it is about to wait, the innermost last.
    pub(super) fn held_at(&self, class: usize, at: u32) -> Vec<u32> {
        let mut held = Vec::new();
        for step in &self.steps[self.starts[class] as usize..at as usize - 1] {
            match step {
                Step::Acquire { hold } => held.push(*hold),
                Step::Release { .. } => drop(held.pop()),
                _ => {}
            }
        }
        held
    }

    /// The queue of a fixed time, for as many times as it is quick to look at the heads of all.
    fn queue(&mut self, time: Nanos) -> Option<u32> {
        let known = self.queues.iter().position(|other| *other == time);
        let queue = known.unwrap_or(self.queues.len());
        if queue == Self::MOST_QUEUES {
            return None;
        }
        if known.is_none() {
            self.queues.push(time);
        }
        Some(queue as u32)
    }
}
