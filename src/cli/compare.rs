//! `poolbench compare`: two scenarios in turn, until it is clear whether the second is worse.

use std::time::Duration;

use clap::Args;

use super::exit::{CliError, Exit};
use super::run::postgres_words;
use super::scenario_args::{PoolChoice, chosen, on_pools, pool_size, scenario_named};
use super::servers::{self, ServerArgs};
use super::unmeasured::hold_law;
use super::{output, signals};
use crate::analyse::Figures;
use crate::arrivals::stream_seed;
use crate::gate::compare::{Contest, Ended, Tolerances, Turn, lane_pairs};
use crate::gate::paired::{Looks, Overall, Side, Tolerance};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::report;
use crate::report::lang::{say, word};
use crate::run::{
    Leftovers, Machine, RunError, Servers, Short, Silent, Slowness, Stop, run_short, shorten, simulate_short,
};
use crate::scenario::{Overrides, PoolKind, limits};
use crate::twin::HoldLaw;
use crate::units::{self, TimeScale, parse_duration_above_zero};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench compare old.toml new.toml          is the new one worse?
  poolbench compare --scope request-scoped,repository-scoped --pools sqlx
  poolbench compare my.toml --pool sqlx,deadpool-postgres
  poolbench compare my.toml --pool-size 20,10 --pairs 16
  poolbench compare old.toml new.toml --simulate
      the same in virtual time, without a server

Runs are short, in the order ABBA BAAB, and both runs of a pair have the same random draws. It is looked at
after 8, 12, 16, 24 and 40 pairs, and ended as soon as it is clear.

Exit codes: 0 no regression, 4 regression, 6 inconclusive.")]
pub(super) struct CompareArgs {
    /// What it was: a scenario file, or the name of a built-in scenario
    #[arg(value_name = "A")]
    a: Option<String>,

    /// What it is
    #[arg(value_name = "B", conflicts_with_all = ["pool", "pool_size", "scope"])]
    b: Option<String>,

    /// Compare two pool libraries with one scenario
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with_all = ["pool_size", "scope", "pools"])]
    pool: Vec<PoolKind>,

    /// Compare two sizes of the pool with one scenario
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = pool_size, conflicts_with = "scope")]
    pool_size: Vec<u32>,

    /// Compare two session scopes with one scenario
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "scopes")]
    scope: Vec<String>,

    /// Pool libraries to run, separated by commas; or all
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pools: Vec<PoolChoice>,

    /// Session scopes to run, separated by commas; or all
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    scopes: Vec<String>,

    /// Measured time ÷ nominal time, such as 1/20
    #[arg(long, value_name = "SHARE")]
    time_scale: Option<TimeScale>,

    /// Seed of every random draw
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(limits::SEED))]
    seed: Option<u64>,

    /// Measured span of a run, at its clock [default: enough for 700 requests, 2 s to 3 s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    span: Option<Duration>,

    /// The most pairs of runs
    #[arg(long, value_name = "NUMBER", default_value_t = Looks::MOST)]
    pairs: usize,

    /// A regression is what is shown to be worse by more than this
    #[arg(long, value_name = "SHARE", default_value = "2%", value_parser = share)]
    tolerance: f64,

    /// Equivalent is what is shown to be worse by less than this
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = share)]
    same_within: f64,

    /// Play in virtual time; no server is needed
    #[arg(long)]
    simulate: bool,

    /// With --simulate: how holds vary around the plan: fixed, exponential, or lognormal:SPREAD
    #[arg(long, value_name = "LAW", value_parser = hold_law, requires = "simulate")]
    holds: Option<HoldLaw>,

    /// With --simulate: how unsteady the machine is: still, quiet, shared or noisy
    #[arg(long, value_name = "HOW", value_parser = machine, requires = "simulate")]
    machine: Option<Machine>,

    #[command(flatten)]
    servers: ServerArgs,

    /// No notes; results only
    #[arg(long, short)]
    quiet: bool,
}

/// A share from `2%` or `0.02`.
fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / whole);
    share
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| "write a share like 2% or 0.02, at least 0 and below 1".to_owned())
}

fn machine(text: &str) -> Result<Machine, String> {
    let known = Machine::ALL.into_iter().find(|(word, _)| *word == text);
    known.map(|(_, machine)| machine).ok_or_else(|| "write still, quiet, shared or noisy".to_owned())
}

pub(super) fn compare(args: &CompareArgs) -> Result<Exit, CliError> {
    let (a, b) = args.sides()?;
    let looks = Looks::up_to(args.pairs).map_err(|fault| CliError::Usage(fault.to_string()))?;
    args.tell(&a, &b, &looks);
    let mut contest = Contest::of(a, b, &args.tolerances()?, looks);
    let (ended, left) = if args.simulate {
        (args.simulate(&mut contest)?, Exit::Pass)
    } else {
        match args.run(&mut contest) {
            Err(CliError::Run(RunError::Stopped) | CliError::Stopped) => {
                args.note(&say!(
                    "stopped after {pairs} pairs; nothing is concluded",
                    pairs = contest.pairs()
                ));
                return Ok(Exit::Stopped);
            }
            done => done?,
        }
    };
    let mut text = Vec::new();
    report::compare::compare(&contest.lanes(), &ended, &mut text)
        .map_err(|source| CliError::Write { what: "the comparison".to_owned(), source })?;
    output::print(&text)?;
    Ok(match ended.judgement.overall {
        Overall::Regression => Exit::Regression,
        Overall::Inconclusive => Exit::Inconclusive,
        Overall::Pass => left,
    })
}

impl CompareArgs {
    /// The two plans, shortened, with the lanes that are compared and no others.
    fn sides(&self) -> Result<(Plan, Plan), CliError> {
        let usage = |text: &str| CliError::Usage(text.to_owned());
        let shorthand = [self.pool.len(), self.pool_size.len(), self.scope.len()];
        if shorthand.iter().any(|named| ![0, 2].contains(named)) {
            return Err(usage("name two with a comma between, such as --pool-size 20,10"));
        }
        if self.b.is_none() && shorthand == [0, 0, 0] {
            return Err(usage("name two scenarios, or one with --pool A,B, --pool-size A,B or --scope A,B"));
        }
        let a = self.side(self.a.as_deref(), 0)?;
        let b = self.side(self.b.as_deref().or(self.a.as_deref()), 1)?;
        if a.time_scale != b.time_scale {
            return Err(CliError::Usage(format!(
                "A runs at time scale {} and B at {}; give both the same with --time-scale",
                a.time_scale, b.time_scale
            )));
        }
        let b = Plan { seed: a.seed, ..b };
        if !self.simulate
            && let Some(why) = a.only_simulated().or(b.only_simulated())
        {
            return Err(RunError::OnlySimulated(why).into());
        }
        let lanes = lane_pairs(&a, &b);
        if lanes.is_empty() {
            return Err(usage(
                "A and B have no pool library and session scope in common; choose them with --pools and --scopes",
            ));
        }
        let kept = |mut plan: Plan, is_kept: &dyn Fn(&str, SessionScope) -> bool| {
            let scopes = plan.scopes.clone();
            plan.pools.retain(|pool| scopes.iter().any(|scope| is_kept(pool, *scope)));
            let pools = &plan.pools;
            plan.scopes.retain(|scope| pools.iter().any(|pool| is_kept(pool, *scope)));
            shorten(&plan, Short { span: self.span })
        };
        let a = kept(a, &|pool, scope| lanes.iter().any(|it| it.a.pool == pool && it.a.scope == scope));
        let b = kept(b, &|pool, scope| lanes.iter().any(|it| it.b.pool == pool && it.b.scope == scope));
        // Both are as long as the longer of the two.
        let measure = a.phases.measure.max(b.phases.measure);
        let as_long = |mut plan: Plan| {
            plan.phases.measure = measure;
            plan
        };
        Ok((as_long(a), as_long(b)))
    }

    fn side(&self, name: Option<&str>, at: usize) -> Result<Plan, CliError> {
        let pools = match self.pool.get(at) {
            Some(pool) => vec![*pool],
            None => chosen(&self.pools)?,
        };
        let scopes = self.scope.get(at).map_or_else(|| self.scopes.clone(), |scope| vec![scope.clone()]);
        let changes = Overrides {
            time_scale: self.time_scale,
            seed: self.seed,
            pool_size: self.pool_size.get(at).copied(),
            pools,
            ..Overrides::default()
        };
        Ok(Plan::of(&on_pools(scenario_named(name, &changes, &scopes)?)?))
    }

    fn tolerances(&self) -> Result<Tolerances, CliError> {
        if self.tolerance >= self.same_within {
            return Err(CliError::Usage("--tolerance has to be less than --same-within".to_owned()));
        }
        let holds = Tolerance { ignored: self.tolerance, most: self.same_within };
        Ok(Tolerances { holds, ..Tolerances::default() })
    }

    /// Says what will be compared, and how long it takes.
    fn tell(&self, a: &Plan, b: &Plan, looks: &Looks) {
        let differ = report::compare::differences(a, b);
        let differ = if differ.is_empty() { word("nothing¦differs").to_owned() } else { differ.join("; ") };
        self.note(&say!("what differs between A and B: {differ}", differ));
        if a.load != b.load || a.bystander != b.bystander {
            self.note(word(
                "A and B are offered different loads, so that no two runs have the same arrivals",
            ));
        }
        let scale = a.time_scale;
        let span = scale.scaled(a.phases.measure);
        let requests = a.load.rate.scaled(scale).as_per_second() * span.as_secs_f64();
        self.note(&say!(
            "each run measures {span} at its clock, some {requests} requests a lane, after {warm_up} of warm-up",
            span = units::time(span),
            requests = units::count(requests as u64),
            warm_up = units::time(scale.scaled(a.phases.warm_up))
        ));
        let (first, last) = looks.span();
        let pairs = if first == last {
            say!("{last} pairs", last)
        } else {
            say!("{first} to {last} pairs", first, last)
        };
        let took = if self.simulate {
            String::new()
        } else {
            let lasts = |plan: &Plan| {
                let drain =
                    scale.scaled((plan.longest_request() + plan.pool.acquire_timeout).min(plan.phases.drain));
                (scale.scaled(plan.phases.warm_up + plan.phases.measure) + drain) * plan.pools.len() as u32
            };
            say!(", each of at most some {time}", time = units::time(lasts(a) + lasts(b)))
        };
        self.note(&say!("{pairs}{took}, and one before that is not counted", pairs, took));
    }

    fn simulate(&self, contest: &mut Contest) -> Result<Ended, CliError> {
        let holds = self.holds.clone().unwrap_or(HoldLaw::Fixed);
        let mut slowness: Option<Slowness> = None;
        let mut run = |turn: &Turn| -> Result<Figures, CliError> {
            let slowness = slowness.get_or_insert_with(|| {
                Slowness::of(self.machine.unwrap_or_default(), stream_seed(turn.plan.seed, MACHINE))
            });
            let lanes = simulate_short(&turn.plan, &holds, slowness.next().unwrap_or(1.0))?;
            Ok(Figures::side_by_side(&turn.plan, &lanes))
        };
        contest.play(&mut run)
    }

    /// On servers that live as long as the comparison. Answers also whether something was left on them.
    fn run(&self, contest: &mut Contest) -> Result<(Ended, Exit), CliError> {
        let (stop, leftovers) = (Stop::default(), Leftovers::default());
        signals::listen(stop.clone(), leftovers.clone());
        self.note(word("starting servers"));
        let provided = servers::provide_until(&stop, &self.servers, &contest.plans())?;
        self.note(&postgres_words(&provided.servers));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
        let mut left = Exit::Pass;
        let ended = contest.play::<CliError>(&mut |turn| {
            let played = runtime.block_on(self.turn(turn, &provided.servers, &leftovers, &stop))?;
            if !played.left.is_empty() {
                left = Exit::Environment;
            }
            Ok(Figures::side_by_side(&turn.plan, &played.lanes))
        });
        signals::tell(&leftovers);
        provided.end(&stop);
        Ok((ended?, left))
    }

    async fn turn(
        &self,
        turn: &Turn,
        servers: &Servers,
        leftovers: &Leftovers,
        stop: &Stop,
    ) -> Result<crate::run::ShortRun, CliError> {
        let side = match turn.side {
            Side::A => "A",
            Side::B => "B",
        };
        let what = match turn.pair {
            0 => word("warming up").to_owned(),
            pair => say!("pair {pair}", pair),
        };
        self.note(&format!("{what}: {side}"));
        Ok(run_short(&turn.plan, servers, leftovers, stop, &mut Silent).await?)
    }

    fn note(&self, words: &str) {
        if !self.quiet {
            output::note(words);
        }
    }
}

/// The stream of draws of the machine.
const MACHINE: u64 = 2_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_in_two_ways() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5 %"), Ok(0.005));
        assert_eq!(share("0.02"), Ok(0.02));
        for wrong in ["", "%", "100%", "-1%", "two", "NaN", "inf"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
