//! What a session scope costs, read off the moves: connections and transactions to ask for, steps that are
//! no longer atomic together, and what stays when a step fails.

use super::{Itinerary, Move, StepKind};

/// What one request pays under its session scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// How often it asks the pool for a connection.
    pub acquires: u32,
    /// How many transactions it commits.
    pub transactions: u32,
    /// Round trips that open and end them.
    pub round_trips: u32,
    /// The SQL steps of each transaction that has any, by their index: all of them or none.
    pub atomic: Vec<Vec<usize>>,
    /// What stays when a step fails, one for each step.
    pub failures: Vec<Remains>,
}

/// What stays in the database when a step fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remains {
    /// The step that fails, by its index.
    pub step: usize,
    /// The SQL steps before it whose work is committed by then, by their index.
    pub stays: Vec<usize>,
    /// What the request does about it.
    pub compensation: Compensation,
}

/// What a failed request does about the work that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compensation {
    /// Nothing stays: there is nothing to do.
    NotNeeded,
    /// It marks its job as failed, in a transaction of its own.
    MarksJob,
    /// Nothing: whoever looks later finds the work of a request that failed.
    Missing,
}

impl Itinerary {
    /// What one request pays.
    #[must_use]
    pub fn price(&self) -> Price {
        let count = |what: Move| self.moves().iter().filter(|step| **step == what).count() as u32;
        let places = self.moves().iter().enumerate().filter_map(|(at, step)| match step {
            Move::Perform(index) => Some(self.remains(at, *index)),
            _ => None,
        });
        Price {
            acquires: self.acquisitions(),
            transactions: count(Move::Commit),
            round_trips: count(Move::Begin) + count(Move::Commit),
            atomic: self.transactions(self.moves()),
            failures: places.collect(),
        }
    }

    /// What stays when the move at this place fails, which is this step.
    fn remains(&self, at: usize, step: usize) -> Remains {
        let failing = self.failing_at(at).itinerary;
        let stays: Vec<usize> = self.transactions(&self.moves()[..at]).into_iter().flatten().collect();
        let compensation = if stays.is_empty() {
            Compensation::NotNeeded
        } else if failing.moves().contains(&Move::MarkFailed) {
            Compensation::MarksJob
        } else {
            Compensation::Missing
        };
        Remains { step, stays, compensation }
    }

    /// The SQL steps of each transaction that is committed in these moves.
    fn transactions(&self, moves: &[Move]) -> Vec<Vec<usize>> {
        let (mut open, mut committed): (Vec<Vec<usize>>, Vec<Vec<usize>>) = Default::default();
        for step in moves {
            match *step {
                Move::Acquire => open.push(Vec::new()),
                Move::Release => drop(open.pop()),
                Move::Perform(index) if self.workload().steps[index].kind == StepKind::Sql => {
                    open.last_mut().into_iter().for_each(|steps| steps.push(index));
                }
                Move::Commit => committed.extend(open.last_mut().map(std::mem::take)),
                Move::Rollback => open.last_mut().into_iter().for_each(Vec::clear),
                Move::Begin | Move::Perform(_) | Move::MarkFailed => {}
            }
        }
        committed.retain(|steps| !steps.is_empty());
        committed
    }
}

impl Price {
    /// The steps that are atomic together here and are not so in the other, in groups.
    #[must_use]
    pub fn no_longer_atomic(&self, other: &Self) -> Vec<Vec<usize>> {
        let kept = |steps: &Vec<usize>| {
            other.atomic.iter().any(|others| steps.iter().all(|step| others.contains(step)))
        };
        self.atomic.iter().filter(|steps| steps.len() > 1 && !kept(steps)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::SessionScope;
    use super::super::tests::shaped;
    use super::*;

    fn price(scope: SessionScope) -> Price {
        Itinerary::new(scope, shaped("ssqsw")).price()
    }

    #[test]
    fn releasing_costs_transactions_and_what_was_atomic() {
        let (before, after) = (price(SessionScope::Request), price(SessionScope::Repository));
        assert_eq!((before.acquires, before.transactions, before.round_trips), (1, 1, 2));
        assert_eq!((after.acquires, after.transactions, after.round_trips), (3, 3, 6));
        assert_eq!(before.no_longer_atomic(&after), [vec![0, 1, 3]]);
        assert_eq!(after.no_longer_atomic(&before), Vec::<Vec<usize>>::new());
        assert_eq!(price(SessionScope::CommitEarly).atomic, [vec![0, 1], vec![3]]);
        assert_eq!(before.no_longer_atomic(&price(SessionScope::LazyRequest)), Vec::<Vec<usize>>::new());
        // The outer transaction of the nested scope has no step of its own.
        let nested = price(SessionScope::Nested);
        assert_eq!((nested.acquires, nested.transactions, nested.atomic.len()), (4, 4, 3));
    }

    #[test]
    fn what_a_failure_leaves_and_whether_anybody_minds() {
        let remains = |scope| -> Vec<(Vec<usize>, Compensation)> {
            price(scope).failures.into_iter().map(|it| (it.stays, it.compensation)).collect()
        };
        let nothing = (vec![], Compensation::NotNeeded);
        assert_eq!(remains(SessionScope::Request), vec![nothing.clone(); 5]);
        assert_eq!(
            remains(SessionScope::Repository),
            [
                nothing.clone(),
                (vec![0], Compensation::Missing),
                (vec![0, 1], Compensation::MarksJob),
                (vec![0, 1], Compensation::Missing),
                (vec![0, 1, 3], Compensation::MarksJob),
            ]
        );
        assert_eq!(remains(SessionScope::CommitEarly)[1], nothing);
    }
}
