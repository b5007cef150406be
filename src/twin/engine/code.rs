//! Programs as the general engine steps through them.

use super::law::Sampler;
use super::plan::{EnginePlan, RequestSource};
use super::program::{Program, ProgramMove};
use super::sim_time::SimTime;
use super::sink::PlayedOutcome;
use crate::arrivals::{failure_draw, kind_draw};

/// One instruction of the general engine.
#[derive(Debug)]
pub(super) enum Instruction {
    /// A round of a caller begins.
    Begin,
    /// Asks for a connection: the request's first hold is 0. Waiting too long ends the request so.
    Acquire { hold: u32, too_long: PlayedOutcome },
    /// Spends a fixed time, in the queue of all that spend this time.
    Pause { queue: u32, time: SimTime },
    /// Spends a drawn time.
    Draw(Sampler),
    /// Waits for a processor, and keeps it busy for a drawn time.
    Compute(Sampler),
    /// Gives back the processor.
    Computed,
    /// Gives back the connection of a hold.
    Release { hold: u32 },
    /// The request is over.
    End(PlayedOutcome),
}

/// What all classes do, one after the other.
#[derive(Debug, Default)]
pub(super) struct Code {
    pub(super) steps: Vec<Instruction>,
    pub(super) starts: Vec<u32>,
    /// Where the requests of each class start that fail, if some do.
    failing: Vec<Option<BranchStarts>>,
    /// Where those of other kinds start, if there are any.
    others: Vec<Option<KindStarts>>,
    /// Where any request may start, in order.
    all_starts: Vec<u32>,
    /// The fixed times that have a queue.
    pub(super) queues: Vec<SimTime>,
    /// The queue in which the callers of each class think, if they all think the same time.
    pub(super) thinking: Vec<Option<u32>>,
}

/// Where failing requests start.
#[derive(Debug)]
struct BranchStarts {
    seed: u64,
    /// Of each branch the failure draw below which a request takes it, and where it starts.
    starts: Vec<(f64, u32)>,
}

/// Where requests of other kinds start.
#[derive(Debug)]
struct KindStarts {
    seed: u64,
    /// Of each kind the draw below which a request is of it, where it starts, and where those of it start that
    /// fail.
    starts: Vec<(f64, u32, Option<BranchStarts>)>,
}

impl BranchStarts {
    #[inline]
    fn of(&self, number: u64) -> Option<u32> {
        let failure_draw = failure_draw(self.seed, number);
        self.starts.iter().find(|(below, _)| failure_draw < *below).map(|(_, start)| *start)
    }
}

impl Code {
    const MOST_QUEUES: usize = 16;

    pub(super) fn new(plan: &EnginePlan) -> Self {
        let mut code = Self::default();
        for class in &plan.classes {
            code.starts.push(code.steps.len() as u32);
            let think = match &class.source {
                RequestSource::Open(_) => None,
                RequestSource::Closed { think, .. } => {
                    code.steps.push(Instruction::Begin);
                    think.constant().and_then(|time| code.queue(time))
                }
            };
            code.thinking.push(think);
            let mut holds = 0;
            code.add(class.program.moves(), &mut holds);
            let failing = code.branches(&class.program, &mut holds);
            code.failing.push(failing);
            let others = class.program.others().map(|(seed, others)| {
                let starts = others.iter().map(|(below, program)| {
                    let start = code.add(program.moves(), &mut holds);
                    (*below, start, code.branches(program, &mut holds))
                });
                KindStarts { seed, starts: starts.collect() }
            });
            code.others.push(others);
        }
        code
    }

    /// Adds what those of a program do that fail.
    fn branches(&mut self, program: &Program, holds: &mut u32) -> Option<BranchStarts> {
        let (seed, branches) = program.branches()?;
        let starts = branches.iter().map(|branch| (branch.below, self.add(&branch.moves, holds)));
        Some(BranchStarts { seed, starts: starts.collect() })
    }

    /// Adds the moves of one request, whose first hold has this number; where they start.
    fn add(&mut self, moves: &[ProgramMove], holds: &mut u32) -> u32 {
        let start = self.steps.len() as u32;
        self.all_starts.push(start);
        let (mut held, mut failed) = (Vec::new(), false);
        for step in moves {
            let step = match step {
                ProgramMove::Acquire => {
                    held.push(*holds);
                    *holds += 1;
                    let too_long = if failed { PlayedOutcome::Failed } else { PlayedOutcome::TimedOut };
                    Instruction::Acquire { hold: *holds - 1, too_long }
                }
                ProgramMove::Release => Instruction::Release { hold: held.pop().unwrap_or_default() },
                // Where a request holds nothing back and waits for nothing, no one else's turn comes.
                ProgramMove::Spend(law) if law.constant() == Some(SimTime::ZERO) => continue,
                ProgramMove::Spend(law) => law
                    .constant()
                    .and_then(|time| self.queue(time).map(|queue| Instruction::Pause { queue, time }))
                    .unwrap_or_else(|| Instruction::Draw(law.sampler())),
                ProgramMove::Compute(law) => {
                    self.steps.push(Instruction::Compute(law.sampler()));
                    Instruction::Computed
                }
                ProgramMove::Fail => {
                    failed = true;
                    continue;
                }
            };
            self.steps.push(step);
        }
        self.steps.push(Instruction::End(if failed {
            PlayedOutcome::Failed
        } else {
            PlayedOutcome::Completed
        }));
        start
    }

    /// Where a request starts that fails or is of another kind; nothing for a usual one that completes.
    #[inline]
    pub(super) fn elsewhere(&self, class: usize, number: u64) -> Option<u32> {
        if let Some(others) = &self.others[class] {
            let draw = kind_draw(others.seed, number);
            if let Some((_, start, failing)) = others.starts.iter().find(|(below, ..)| draw < *below) {
                return Some(failing.as_ref().and_then(|failing| failing.of(number)).unwrap_or(*start));
            }
        }
        self.failing[class].as_ref()?.of(number)
    }

    /// The hold that a request waits for, when its next step is the one at `at`.
    #[inline]
    pub(super) fn waited_for(&self, at: u32) -> u32 {
        self.waits(at).0
    }

    /// How a request ends that waits too long, when its next step is the one at `at`.
    pub(super) fn too_long(&self, at: u32) -> PlayedOutcome {
        self.waits(at).1
    }

    #[inline]
    fn waits(&self, at: u32) -> (u32, PlayedOutcome) {
        match self.steps[at as usize - 1] {
            Instruction::Acquire { hold, too_long } => (hold, too_long),
            _ => unreachable!("who waits has come from an acquisition"),
        }
    }

    /// The holds that a request has when it waits, the innermost last, and its next step is the one at
    /// `at`.
    pub(super) fn held_at(&self, at: u32) -> Vec<u32> {
        let mut held = Vec::new();
        for step in self.so_far(at) {
            match step {
                Instruction::Acquire { hold, .. } => held.push(*hold),
                Instruction::Release { .. } => drop(held.pop()),
                _ => {}
            }
        }
        held
    }

    /// How many connections a request has asked for that waits, the one that it waits for among them.
    pub(super) fn asked_for(&self, at: u32) -> u32 {
        1 + self.so_far(at).iter().filter(|step| matches!(step, Instruction::Acquire { .. })).count() as u32
    }

    /// The steps that a waiting request took before it asked.
    fn so_far(&self, at: u32) -> &[Instruction] {
        let asked = at - 1;
        let start = self.all_starts.partition_point(|start| *start <= asked);
        let start = start.checked_sub(1).map_or(0, |index| self.all_starts[index]);
        &self.steps[start as usize..asked as usize]
    }

    /// The queue of a fixed time, for as many times as it is quick to look at the heads of all.
    fn queue(&mut self, time: SimTime) -> Option<u32> {
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
