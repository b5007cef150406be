//! `poolbench tap`: somebody's application with a proxy before its Postgres → what it does with its connections →
//! record, answer, objectives.

mod child;
mod show;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};

use clap::Args;

use self::child::{Child, Ended, Told};
pub(super) use self::show::{is_record, recorded, sentence, show_again};
use super::exit::{CliError, Exit};
use super::judgement::JudgementFiles;
use super::output::note;
use super::servers::given;
use super::surroundings::here;
use super::{runs, store};
use crate::archive::observed::{self, Inquiry, Observed};
use crate::provision::{Durability, PostgresServer};
use crate::report::lang::{say, word};
use crate::scenario::Objective;
use crate::tap::{Guise, LOOPBACK, Seen, Tap, TapError};
use crate::target::{DatabaseUrl, Surroundings};
use crate::units::parse_duration_above_zero;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench tap -- pytest
      on a throw-away Postgres, or the one that DATABASE_URL,
      PGHOST, PGSERVICE or SPRING_DATASOURCE_URL name
  poolbench tap --objective 'idle-hold.share < 0.1' -- ./my-service
      exit code 3 when connections are held for nothing
  poolbench tap --listen 127.0.0.1:6432 --upstream postgres://localhost --for 10m
      for an application that runs elsewhere

The command gets DATABASE_URL (its scheme kept), PGHOST, PGPORT, PGSSLMODE and SPRING_DATASOURCE_URL. With the
server, TLS is spoken as its address or the variables ask (sslmode up to verify-full, sslrootcert, sslcert).
Its own exit code is kept unless an objective fails.")]
pub(super) struct TapArgs {
    /// Where to listen; without it a free port of this machine. Whoever reaches it reaches the server
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// The Postgres to forward to; without it what the variables name, or a throw-away server
    #[arg(long, value_name = "URL")]
    upstream: Option<DatabaseUrl>,

    /// How long to look; without it until the command ends, or Ctrl-C
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration_above_zero)]
    span: Option<Duration>,

    /// What has to be true, such as 'idle-hold.p99 < 200ms' or 'connections.in-transaction.peak <= 20'; may be given
    /// again
    #[arg(long = "objective", value_name = "OBJECTIVE")]
    objectives: Vec<Objective>,

    /// Wait for a connection that the smallest pool has to keep at p99
    #[arg(long, value_name = "TIME", default_value = "10ms", value_parser = parse_duration_above_zero)]
    wait: Duration,

    /// Gaps shorter than this are not worth a release
    #[arg(long, value_name = "TIME", default_value = "5ms", value_parser = parse_duration_above_zero)]
    release_after: Duration,

    /// How many kinds of gaps are listed
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    gaps: u32,

    #[command(flatten)]
    files: JudgementFiles,

    /// Folder for the folder of what was seen
    #[arg(long, value_name = "DIR", default_value = super::args::REPORTS)]
    out: PathBuf,

    /// The command that is run, and its arguments
    #[arg(last = true, value_name = "COMMAND", required_unless_present = "listen")]
    command: Vec<OsString>,
}

/// Where the application is sent to, and where the tap sends it on to.
struct Way {
    guise: Guise,
    server: Option<PostgresServer>,
}

pub(super) fn tap(args: &TapArgs) -> Result<ExitCode, CliError> {
    let way = way(args)?;
    let folder = store::make_folder(&args.out, "tap")?;
    let listen = args.listen.unwrap_or(LOOPBACK);
    let tap = Tap::open(way.guise.upstream().clone(), listen).map_err(refused)?;
    welcome(&tap, &way, args);
    let ended = watch(&tap, &way.guise, args)?;
    let seen = tap.report();
    drop(tap);
    drop(way.server);
    conclude(args, seen, ended, &folder)
}

fn way(args: &TapArgs) -> Result<Way, CliError> {
    let named = given(args.upstream.as_ref());
    if let Some(guise) = Guise::of(named, &here()).map_err(|fault| refused(fault.into()))? {
        return Ok(Way { guise, server: None });
    }
    note(word("no server is named, so a throw-away one is started"));
    let server = PostgresServer::start(Durability::ThrowAway)?;
    let guise =
        Guise::of(Some(server.url()), &Surroundings::none()).map_err(|fault| refused(fault.into()))?;
    let guise = guise.ok_or_else(|| CliError::Unexpected("a server without an address".to_owned()))?;
    Ok(Way { guise, server: Some(server) })
}

fn refused(fault: TapError) -> CliError {
    match fault {
        TapError::Upstream(_) => CliError::Usage(fault.to_string()),
        TapError::Listen { .. } | TapError::Unreached(_) => CliError::Listen(fault.to_string()),
    }
}

fn welcome(tap: &Tap, way: &Way, args: &TapArgs) {
    let address = tap.address();
    if !address.ip().is_loopback() {
        note(&say!(
            "anybody who reaches {address} reaches the server behind it, and what is said there is not encrypted",
            address
        ));
    }
    if args.command.is_empty() {
        note(&say!("listening at {address}; end it with Ctrl-C", address));
        // Of a server that somebody named, whoever named it knows user and password.
        if way.server.is_some()
            && let Some(url) = way.guise.url(address)
        {
            note(&say!("connect to {url}", url = url.expose()));
        }
    }
}

/// How often it is looked whether the last connections have ended.
const TICK: Duration = Duration::from_millis(5);

/// How long connections of a command that has ended may still take.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Until the command has ended, the time is over, or somebody asks to stop.
fn watch(tap: &Tap, guise: &Guise, args: &TapArgs) -> Result<Option<Ended>, CliError> {
    let (sender, told) = mpsc::channel();
    child::signals(sender.clone());
    let mut child = match args.command.split_first() {
        Some((program, arguments)) => {
            Some(Child::start(program, arguments, guise.variables(tap.address()), sender)?)
        }
        None => None,
    };
    let until = args.span.map(|span| Instant::now() + span);
    let ended = loop {
        let left =
            until.map_or(Duration::from_secs(3600), |until| until.saturating_duration_since(Instant::now()));
        match told.recv_timeout(left) {
            Ok(Told::Ended(ended)) => break Some(ended),
            Ok(Told::Signal(signal)) => match &mut child {
                Some(child) => child.pass(signal),
                None => break None,
            },
            Err(RecvTimeoutError::Timeout) if until.is_some_and(|until| until <= Instant::now()) => {
                match &mut child {
                    Some(child) => child.pass(rustix::process::Signal::TERM),
                    None => break None,
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break None,
        }
    };
    let patience = Instant::now() + LAST_WORDS;
    while ended.is_some() && tap.connections_open() > 0 && Instant::now() < patience {
        std::thread::sleep(TICK);
    }
    Ok(ended)
}

const NOTHING_SEEN: &str = "no connection came through the tap, so nothing is known: the command seems not to read DATABASE_URL, PGHOST and \
     PGPORT, or SPRING_DATASOURCE_URL; if its address stands elsewhere, name it with --upstream, listen at a fixed \
     --listen address, and point the application to that";

const UNREACHED: &str = "no connection came through the tap, because the server behind it could not be reached, as the command was \
     told; start the server, or correct its address and what that asks of TLS";

/// Keeps, shows and judges what was seen.
fn conclude(args: &TapArgs, seen: Seen, ended: Option<Ended>, folder: &Path) -> Result<ExitCode, CliError> {
    let own = ended.map_or(ExitCode::SUCCESS, Ended::code);
    if seen.connections.sessions == 0 {
        note(if seen.connections.unreached > 0 { UNREACHED } else { NOTHING_SEEN });
        let failed = ended.is_some_and(|ended| !ended.is_success());
        return Ok(if failed { own } else { Exit::Environment.into() });
    }
    let observed = Observed {
        seen,
        inquiry: args.inquiry(),
        created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        poolbench: env!("CARGO_PKG_VERSION").to_owned(),
    };
    observed::save(&observed, folder)?;
    show::scenario(&observed, folder)?;
    let judgement = show::judgement(&observed, folder);
    let shown = show::show(&observed, judgement.as_ref(), folder, folder);
    let exit = judgement.as_ref().map_or(Exit::Pass, |judgement| Exit::from(judgement.verdict()));
    if let Some(judgement) = &judgement {
        args.files.write(judgement, exit)?;
    }
    shown.and(runs::index(&args.out))?;
    Ok(if exit == Exit::Pass { own } else { exit.into() })
}

impl TapArgs {
    fn inquiry(&self) -> Inquiry {
        Inquiry {
            wait: self.wait,
            release_after: self.release_after,
            gaps: self.gaps,
            objectives: self.objectives.clone(),
        }
    }
}
