//! Where scenarios are run: servers that all tests of this program share, a schema for each.

use std::sync::{Mutex, OnceLock};
use std::thread;

use poolbench::archive::{Run, Status};
use poolbench::load::Stop;
use poolbench::plan::Plan;
use poolbench::pool::admin::lane_schemas;
use poolbench::provision::{Durability, PostgresServer, RedisServer};
use poolbench::run::{Brief, Leftovers, Servers, Silent, Whose, conduct};
use poolbench::scenario::Scenario;
use poolbench::target::DatabaseUrl;

use crate::failing::played::Played;

/// The servers that all tests of this program share. Whatever becomes of it, they go with it.
static STARTED: OnceLock<Mutex<(PostgresServer, RedisServer)>> = OnceLock::new();

/// Where a test runs: a schema of its own, and the role by which it connects.
pub(crate) struct Place {
    pub(crate) schema: &'static str,
    pub(crate) role: Option<&'static str>,
}

impl Place {
    fn servers(&self) -> (String, Servers) {
        let start = || {
            let postgres = PostgresServer::start(Durability::ThrowAway).unwrap();
            Mutex::new((postgres, RedisServer::start().unwrap()))
        };
        let started = STARTED.get_or_init(start).lock().unwrap();
        let hand = started.0.url().expose().to_owned();
        let database = match self.role {
            None => hand.clone(),
            Some(role) => {
                let place = hand.rsplit_once('@').unwrap().1;
                format!("postgres://{role}:{role}@{place}")
            }
        };
        let servers = Servers {
            database: DatabaseUrl::new(database),
            database_is: Whose::TheUsers,
            redis: Some(started.1.url().clone()),
            redis_is: Whose::TheUsers,
            database_from: "the test's own".to_owned(),
            redis_from: "the test's own".to_owned(),
            pooler: None,
            schema: self.schema.to_owned(),
        };
        (hand, servers)
    }

    /// Runs a statement as the superuser; the first column of what it answers.
    pub(crate) fn ask(&self, sql: &str) -> Vec<String> {
        ask(&self.servers().0, sql)
    }

    /// Runs a scenario in all its acts, and looks at the rows before they go.
    pub(crate) fn run(&self, scenario: Scenario) -> Played {
        let (hand, servers) = self.servers();
        let schema = self.schema;
        let lanes = scenario.pools.len() * scenario.scopes.len();
        let mut rows = Vec::new();
        let mut keep = |_: &Run| {
            let (hand, sql) = (hand.clone(), look(schema, lanes));
            rows = thread::spawn(move || ask(&hand, &sql)).join().unwrap();
        };
        let plan = Plan::of(&scenario);
        let brief = Brief {
            plan: &plan,
            servers: &servers,
            proof: None,
            ceiling: None,
            leftovers: Leftovers::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let conducted = runtime.block_on(conduct(brief, &Stop::default(), &mut Silent, &mut keep));
        assert!(conducted.fault.is_none() && conducted.left.is_empty(), "{:?}", conducted.fault);
        let record = conducted.record.unwrap();
        assert_eq!(record.status, Status::Complete);
        Played::new(record, scenario, &rows)
    }
}

/// Of each job, in the schemas of all lanes, its lane, its request, its state, whether it says why it failed, its allocations, and
/// the notes that own statements made of it.
fn look(schema: &str, lanes: usize) -> String {
    let lanes = lane_schemas(schema, lanes);
    lanes.iter().map(|schema| look_at(schema)).collect::<Vec<_>>().join(" union all ")
}

fn look_at(schema: &str) -> String {
    format!(
        "select concat_ws('|', lane, request % 1000000000000, state, error is not null,
             (select count(*) from {schema}.resource_allocations a where a.job_id = j.id),
             (select count(*) from {schema}.notes n where n.job = j.id and n.request = j.request),
             (select count(*) from {schema}.notes n
              where n.job is distinct from j.id and n.request = j.request))
         from {schema}.jobs j"
    )
}

fn ask(url: &str, sql: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await.unwrap_or_else(|fault| panic!("{sql}: {fault:?}"));
        drop(client);
        connection.await.unwrap().unwrap();
        let first = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        first.collect()
    })
}
