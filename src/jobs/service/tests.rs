//! The service on a pool in which any move may fail: it makes the moves that the itinerary says.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::itinerary::Creates;
use crate::itinerary::{Failing, SessionScope, Step, StepKind, TimeLaw, Workload};
use crate::jobs::{Counted, Observer};
use crate::pool::{AcquireError, AcquirePhase, Address, PoolOptions, Session, Sql, Value};
use crate::record::{AcquireParts, Gauges};

/// Which moves fail, counted over all that a request tries, and how many it has tried.
#[derive(Debug, Default)]
struct Script {
    fails: Vec<bool>,
    tried: Cell<usize>,
    /// Connections lent, and transactions that are open on them.
    lent: Cell<i32>,
    /// Statements sent while a transaction had failed already, or none was open.
    astray: Cell<u32>,
}

impl Script {
    fn fails(&self) -> bool {
        self.fails.get(self.tried.get()).copied().unwrap_or(false)
    }
}

#[derive(Debug)]
struct Scripted(Rc<Script>);

struct Lent {
    script: Rc<Script>,
    in_transaction: Cell<bool>,
}

impl Lent {
    fn asked(&self) -> Result<(), SqlError> {
        if self.script.fails() { Err(SqlError::new("as scripted")) } else { Ok(()) }
    }

    fn statement(&self) -> Result<(), SqlError> {
        self.script.astray.set(self.script.astray.get() + u32::from(!self.in_transaction.get()));
        let said = self.asked();
        self.in_transaction.set(said.is_ok());
        said
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.script.lent.set(self.script.lent.get() - 1);
    }
}

impl Pool for Scripted {
    type Session = Lent;

    fn open(_: &Address, _: &PoolOptions) -> Result<Self, AcquireError> {
        Ok(Self(Rc::default()))
    }

    async fn acquire(&self) -> Result<Lent, AcquireError> {
        if self.0.fails() {
            return Err(AcquireError::TimedOut(AcquirePhase::Wait));
        }
        self.0.lent.set(self.0.lent.get() + 1);
        Ok(Lent { script: self.0.clone(), in_transaction: Cell::new(false) })
    }

    fn gauges(&self) -> Gauges {
        Gauges::default()
    }

    fn identity(_: &PoolOptions) -> String {
        String::new()
    }

    async fn close(&self) {}
}

impl Session for Lent {
    fn acquire_parts(&self) -> AcquireParts {
        AcquireParts::default()
    }

    async fn begin(&mut self) -> Result<(), SqlError> {
        self.asked()?;
        self.in_transaction.set(true);
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        self.statement()?;
        self.in_transaction.set(false);
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), SqlError> {
        self.asked()
    }

    async fn execute(&mut self, _: &Sql, _: &[Value<'_>]) -> Result<u64, SqlError> {
        self.statement().map(|()| 1)
    }

    async fn fetch_id(&mut self, _: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        self.statement()?;
        Ok(Some(if let Some(Value::Integer(id)) = values.first() { *id } else { 7 }))
    }
}

/// Notes the moves and what was counted.
struct Notes {
    script: Rc<Script>,
    moves: RefCell<Vec<Move>>,
    counted: Vec<Counted>,
}

impl Observer for Notes {
    fn asks(&mut self) {}

    fn passed(&mut self, step: Option<Move>, _: Mark) {
        self.moves.borrow_mut().extend(step);
        self.script.tried.set(self.script.tried.get() + 1);
    }

    fn count(&mut self, what: Counted) {
        self.counted.push(what);
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn wait_out(&self, _: Duration) -> Waited {
        Waited::Out
    }
}

/// The enqueue fails by its draw.
fn play_step(does: Does) -> PlayStep {
    let share = if matches!(does, Does::Enqueue) { 0.5 } else { 0.0 };
    PlayStep { does, time: Duration::ZERO, fails: Fails { share, after: Some(Duration::ZERO) } }
}

fn play(scope: SessionScope) -> Play {
    let step = |(name, kind, creates): (&str, _, _)| Step {
        name: name.to_owned(),
        kind,
        time: Duration::from_secs(1),
        law: TimeLaw::Fixed,
        creates,
    };
    let steps = [
        ("create", StepKind::Sql, Creates::Job),
        ("enqueue", StepKind::Queue, Creates::Nothing),
        ("update", StepKind::Sql, Creates::Nothing),
    ];
    let does =
        [Does::Sql(RepositoryMethod::CreateJob), Does::Enqueue, Does::Sql(RepositoryMethod::UpdateJobState)];
    let workload = Workload { steps: steps.into_iter().map(step).collect() };
    Play {
        itinerary: Itinerary::new(scope, Arc::new(workload)),
        steps: does.into_iter().map(play_step).collect(),
        mark_failed: Duration::ZERO,
        processors: std::num::NonZeroU32::MIN,
    }
}

/// What a request makes of a script: the moves that the itinerary says, and whether they fail.
struct Expected {
    moves: Vec<Move>,
    failed: Option<Move>,
}

/// Reads the itinerary as the service has to. Giving back does not fail, and the enqueue only by its draw.
fn expected(itinerary: &Itinerary, script: &[bool], draw_fails: bool) -> Expected {
    let (mut itinerary, mut at, mut tried, mut failed) = (itinerary.clone(), 0, 0, None);
    while let Some(&step) = itinerary.moves().get(at) {
        let fails = match step {
            Move::Release => false,
            Move::Perform(1) => draw_fails,
            _ => script.get(tried).copied().unwrap_or(false),
        };
        tried += 1;
        if fails {
            failed = failed.or(Some(step));
            Failing { itinerary, resumes: at } = itinerary.failing_at(at);
        } else {
            at += 1;
        }
    }
    Expected { moves: itinerary.moves().to_vec(), failed }
}

fn submit(play: &Play, fails: Vec<bool>, failure_draw: f64) -> (Result<(), FailedRequest>, Notes) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let script = Rc::new(Script { fails, ..Script::default() });
    let mut notes = Notes { script: script.clone(), moves: RefCell::default(), counted: Vec::new() };
    let done = runtime.block_on(async {
        let queue = Queue::connect(None).await.unwrap();
        let service = Service {
            repository: Repository::new(Scripted(script), "poolbench", "test"),
            queue,
            processors: Processors::new(NonZeroU32::MIN),
        };
        let mut request = Request { number: 1, job: 0, failure_draw, particulars: None };
        service.submit(play, &mut request, &mut notes).await
    });
    (done, notes)
}

proptest! {
    #[test]
    fn the_moves_are_the_itinerarys_whatever_fails(
        script in prop::collection::vec(prop::bool::weighted(0.15), 0..20),
        draw_fails in any::<bool>(),
    ) {
        for scope in [SessionScope::Request, SessionScope::Repository] {
            let play = play(scope);
            let (done, notes) = submit(&play, script.clone(), if draw_fails { 0.1 } else { 0.9 });
            let expected = expected(&play.itinerary, &script, draw_fails);
            let moves = notes.moves.into_inner();
            prop_assert_eq!(&moves, &expected.moves);
            let word = expected.failed.map(|step| play.itinerary.word(step).to_owned());
            prop_assert_eq!(done.err().map(|failed| failed.step.into_string()), word);
            // Nothing stays with a request that is over, and nothing is asked of a failed transaction.
            prop_assert_eq!((notes.script.lent.get(), notes.script.astray.get()), (0, 0));
            let made = |step| moves.iter().filter(|it| **it == step).count();
            let counted = |what| notes.counted.iter().filter(|it| **it == what).count();
            prop_assert_eq!(counted(Counted::RolledBack), made(Move::Rollback));
            // A commit leaves a job, or a mark, or only what the update of a repository method changed.
            prop_assert_eq!(
                counted(Counted::JobCommitted) + counted(Counted::JobMarkedFailed)
                    + usize::from(made(Move::Perform(2)) == 1 && made(Move::Commit) == 2),
                made(Move::Commit),
                "{:?}", notes.counted
            );
            prop_assert!(counted(Counted::TransactionFailed) <= made(Move::Begin) + 1);
        }
    }
}

#[test]
fn a_transaction_fails_once() {
    // Acquire, begin, create and its rollback: the statement fails, and so does giving up.
    let (done, notes) = submit(&play(SessionScope::Request), vec![false, false, true, true], 0.9);
    assert!(done.is_err());
    assert_eq!(notes.moves.into_inner(), [Move::Acquire, Move::Begin, Move::Perform(0), Move::Release]);
    assert_eq!(notes.counted, [Counted::TransactionFailed]);
}

#[test]
fn a_mark_that_fails_leaves_the_job_and_says_so() {
    // Acquire, begin, create, commit, release, enqueue, acquire, begin: then the mark fails.
    let script = [false; 8].into_iter().chain([true]).collect();
    let (done, notes) = submit(&play(SessionScope::Repository), script, 0.1);
    assert_eq!(done.unwrap_err().failure, Failure::Asked(StepKind::Queue));
    let counted =
        [Counted::CommitsJob, Counted::JobCommitted, Counted::TransactionFailed, Counted::RolledBack];
    assert_eq!(notes.counted, counted);
}
