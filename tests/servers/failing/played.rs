//! A scenario that was run on real servers: what each lane says of itself, the rows that it left, and
//! what the itinerary and the twin expect of both.

use std::num::NonZeroUsize;

use poolbench::archive::Run;
use poolbench::arrivals::{failure_draw, stream_seed};
use poolbench::itinerary::{Creates, Itinerary, Move, SessionScope, StepKind};
use poolbench::record::Ledger;
use poolbench::scenario::Scenario;
use poolbench::twin::{HoldLaw, SideBySide, Stage};

/// A job, as its row tells it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Its request, from 0 on in each lane.
    pub(crate) request: u64,
    pub(crate) state: String,
    pub(crate) says_why: bool,
    pub(crate) allocations: u64,
    /// Notes with the numbers of this job and its request.
    pub(crate) notes: u64,
    /// Notes of the same request with another job.
    pub(crate) strays: u64,
}

/// What a lane says of itself, and its rows.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) scope: SessionScope,
    pub(crate) callers: Option<u32>,
    /// Of the measured span and of the warm-up.
    pub(crate) ledgers: [Ledger; 2],
    pub(crate) counts: Counts,
    /// Commits of a job that nobody knows the end of.
    pub(crate) in_doubt: u64,
    /// Of each kind of failure the move, the server's code and how many.
    pub(crate) failures: Vec<(String, String, u64)>,
    pub(crate) jobs: Vec<Job>,
}

/// What became of all transactions of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) committed: u64,
    pub(crate) rolled_back: u64,
    pub(crate) failed: u64,
    pub(crate) jobs: u64,
    pub(crate) marked: u64,
}

impl Lane {
    /// A column of the ledger, over both its parts.
    pub(crate) fn sum(&self, column: impl Fn(&Ledger) -> u64) -> u64 {
        self.ledgers.iter().map(column).sum()
    }

    pub(crate) fn in_state(&self, state: &str) -> u64 {
        self.jobs.iter().filter(|job| job.state == state).count() as u64
    }

    /// The ledger balances, and every job that was committed is a row and no other is.
    fn adds_up(&self) {
        let name = &self.name;
        for ledger in &self.ledgers {
            ledger.check().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        }
        let found = self.jobs.len() as u64;
        let most = self.counts.jobs + self.in_doubt;
        assert!((self.counts.jobs..=most).contains(&found), "{name}: {found} {:?}", self.counts);
        assert!(self.jobs.iter().all(|job| job.says_why == (job.state == "FAILED")), "{name}");
        assert!(self.jobs.iter().all(|job| job.strays == 0), "{name}: a note with the number of another job");
        if self.callers.is_none() {
            assert_eq!((self.in_doubt, self.sum(|it| it.in_flight + it.still_queued)), (0, 0), "{name}");
            assert_eq!(self.in_state("FAILED"), self.counts.marked, "{name}");
        }
    }
}

fn lanes(record: &Run, rows: &[String]) -> Vec<Lane> {
    let acts = [("side by side", &record.side_by_side), ("capacity", &record.capacity)];
    let lanes = acts.into_iter().flat_map(|(act, lanes)| lanes.iter().map(move |lane| (act, lane)));
    let lanes = lanes.map(|(act, lane)| {
        let name = format!("{act}, {}, {}", lane.pool, lane.scope);
        let told = &lane.tape.transactions;
        let cohorts = [&lane.tape.measured, &lane.tape.warm_up];
        let kinds = cohorts.iter().flat_map(|cohort| &cohort.failures.kinds);
        Lane {
            scope: lane.scope,
            callers: lane.callers,
            ledgers: cohorts.map(|cohort| cohort.ledger),
            counts: Counts {
                committed: told.committed,
                rolled_back: told.rolled_back,
                failed: told.failed,
                jobs: told.jobs_committed,
                marked: told.jobs_marked_failed,
            },
            in_doubt: told.in_doubt,
            failures: kinds
                .map(|kind| {
                    (
                        kind.step.clone(),
                        kind.state.map(|state| state.to_string()).unwrap_or_default(),
                        kind.count,
                    )
                })
                .collect(),
            jobs: rows.iter().filter_map(|row| job(row.strip_prefix(&name)?)).collect(),
            name,
        }
    });
    lanes.collect()
}

fn job(row: &str) -> Option<Job> {
    let words: Vec<&str> = row.strip_prefix('|')?.split('|').collect();
    let number = |place: usize| words[place].parse().unwrap();
    Some(Job {
        request: number(0),
        state: words[1].to_owned(),
        says_why: words[2] == "t",
        allocations: number(3),
        notes: number(4),
        strays: number(5),
    })
}

/// The move of which a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fails {
    /// The step of this name.
    Step(&'static str),
    /// Its first commit.
    Commit,
}

/// Whether a request fails, and of what: by its number and its failure draw.
pub(crate) type Fate = fn(number: u64, draw: f64) -> Option<Fails>;

/// A run with its rows.
pub(crate) struct Played {
    pub(crate) lanes: Vec<Lane>,
    record: Run,
    scenario: Scenario,
}

impl Played {
    /// A record of a run of this scenario with the rows that `place` looked up.
    pub(crate) fn new(record: Run, scenario: Scenario, rows: &[String]) -> Self {
        Self { lanes: lanes(&record, rows), record, scenario }
    }

    /// The lanes of the open loop.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(|lane| lane.callers.is_none())
    }

    /// What holds of every run.
    pub(crate) fn adds_up(&self) {
        let lanes = self.scenario.pools.len() * self.scenario.scopes.len();
        assert_eq!((self.record.anatomy.len(), self.lanes.len()), (lanes, 2 * lanes));
        for trace in &self.record.anatomy {
            let itinerary = self.scenario.itinerary(trace.scope);
            let made: Vec<&str> = trace.moves.iter().map(|step| step.word.as_str()).collect();
            assert_eq!(made.join(" "), itinerary.spelled(), "{} {}", trace.pool, trace.scope);
            assert!(trace.moves.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
        self.lanes.iter().for_each(Lane::adds_up);
    }

    /// Every request did to the database what its itinerary says, failing or not: to the transaction
    /// and to the row. Nobody may have been shed or have waited too long for a connection.
    pub(crate) fn did_as_planned(&self, fate: Fate) {
        for lane in self.open() {
            let scheduled = lane.sum(|ledger| ledger.scheduled);
            let itinerary = self.scenario.itinerary(lane.scope);
            let (mut counts, mut failed, mut jobs) = (Counts::default(), 0, Vec::new());
            for number in 0..scheduled {
                let fails = fate(number, failure_draw(stream_seed(self.scenario.seed, 2), number));
                failed += u64::from(fails.is_some());
                let kept = count(&itinerary, fails, &mut counts);
                jobs.extend((kept > 0).then_some(number));
            }
            assert_eq!(lane.counts, counts, "{}", lane.name);
            assert!(failed > 0 && failed < scheduled, "{}: {failed} of {scheduled}", lane.name);
            assert_eq!(lane.sum(|ledger| ledger.work_failed), failed, "{}", lane.name);
            assert_eq!(lane.sum(|ledger| ledger.completed), scheduled - failed, "{}", lane.name);
            assert_eq!(lane.failures.iter().map(|kind| kind.2).sum::<u64>(), failed, "{}", lane.name);
            let mut found: Vec<u64> = lane.jobs.iter().map(|job| job.request).collect();
            found.sort_unstable();
            assert_eq!(found, jobs, "{}", lane.name);
        }
    }

    /// The twin of each lane of the open loop has the same ledger and the same transactions.
    pub(crate) fn is_as_the_twin(&self) {
        for lane in self.open() {
            let laws = SideBySide { holds: HoldLaw::Fixed, bystanders: HoldLaw::Fixed };
            let twin = Stage::as_driven(&self.record.plan).side_by_side(lane.scope, laws).unwrap();
            let tape = twin.play(NonZeroUsize::MIN).unwrap().tape;
            assert_eq!(lane.ledgers, [tape.measured.ledger, tape.warm_up.ledger], "{}", lane.name);
            let Counts { committed, rolled_back, marked, .. } = lane.counts;
            let told = tape.transactions;
            assert_eq!(
                (committed, rolled_back, marked),
                (told.committed, told.rolled_back, told.jobs_marked_failed),
                "{}",
                lane.name
            );
        }
    }
}

/// Adds what a request does to the database; how many jobs it leaves.
fn count(itinerary: &Itinerary, fails: Option<Fails>, counts: &mut Counts) -> u64 {
    let steps = &itinerary.workload().steps;
    let place = fails.map(|fails| {
        let is_it = |step: &Move| match (fails, *step) {
            (Fails::Step(name), Move::Perform(index)) => steps[index].name == name,
            (Fails::Commit, step) => step == Move::Commit,
            _ => false,
        };
        itinerary.moves().iter().position(is_it).unwrap()
    });
    let moves = place.map_or(itinerary.clone(), |place| itinerary.failing_at(place).itinerary);
    let (mut created, mut kept) = (0, 0);
    for step in moves.moves() {
        match *step {
            Move::Perform(index) => created += u64::from(steps[index].creates == Creates::Job),
            Move::Commit => {
                counts.committed += 1;
                kept += std::mem::take(&mut created);
            }
            Move::Rollback => {
                counts.rolled_back += 1;
                created = 0;
            }
            Move::MarkFailed => counts.marked += 1,
            Move::Acquire | Move::Begin | Move::Release => {}
        }
    }
    let by_the_database = fails.is_some_and(|fails| match fails {
        Fails::Step(name) => steps.iter().any(|step| step.name == name && step.kind == StepKind::Sql),
        Fails::Commit => true,
    });
    counts.failed += u64::from(by_the_database);
    counts.jobs += kept;
    kept
}
