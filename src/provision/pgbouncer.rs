//! A throw-away PgBouncer in front of a throw-away Postgres.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use super::account::Account;
use super::reaper::Ending;
use super::temp_server::{Patience, TempServer};
use super::{PostgresServer, ProvisionError, find, port};
use crate::target::DatabaseUrl;

/// It takes some milliseconds to start.
const READY_LIMIT: Patience = Patience::of(Duration::from_secs(30));
/// A connect on this machine that takes longer finds nobody ready.
const CONNECT_LIMIT: Duration = Duration::from_millis(500);
/// It has no state. What SIGTERM and SIGINT mean depends on the version: from 1.23 on SIGTERM waits for clients.
const ENDING: Ending = Ending { first: Signal::KILL, then: Signal::KILL };

/// When PgBouncer takes a server's connection back from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// When the client disconnects.
    Session,
    /// When the client's transaction ends.
    Transaction,
}

/// A database as clients of a PgBouncer see it: one more name for the database behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// When connections are given back.
    pub mode: PoolMode,
    /// The most connections to the server.
    pub size: u32,
    /// What unqualified names mean there: letters, digits and `_`.
    pub schema: String,
}

/// A PgBouncer of our own, gone with its folder when this is dropped.
#[derive(Debug)]
pub struct PgBouncerServer {
    server: TempServer,
    port: u16,
}

impl PgBouncerServer {
    /// Starts `pgbouncer` on 127.0.0.1 in front of a Postgres, and waits until it takes connections: of the user
    /// `postgres`, by a random password, to these databases.
    ///
    /// # Errors
    /// When there is no such program or it cannot do it. Nothing is left behind then.
    pub fn start(postgres: &PostgresServer, fronts: &[Front]) -> Result<Self, ProvisionError> {
        let account = Account::for_servers()?;
        let program = find::pgbouncer(account.as_ref())?;
        let mut server = TempServer::open(account)?;
        // Passwords stand in files of the private folder, never on a command line.
        let users = server.private_file("users", &format!("\"postgres\" \"{}\"\n", server.password()))?;
        let mut tries = 0;
        let port = port::settle("pgbouncer", &mut server, port::free, |server, port| {
            tries += 1;
            let config = config(postgres, fronts, port, &users.display().to_string());
            let config = server.private_file(&format!("pgbouncer-{tries}.ini"), &config)?;
            let mut command = server.command(&program);
            command.arg("-q").arg(config).current_dir(server.folder());
            server.start("pgbouncer", command, "", ENDING)?;
            server.wait(READY_LIMIT, |_| {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok()
            })
        })?;
        Ok(Self { server, port })
    }

    /// Where to connect to a database of this name.
    #[must_use]
    pub fn url(&self, front: &str) -> DatabaseUrl {
        let (password, port) = (self.server.password(), self.port);
        DatabaseUrl::new(format!("postgres://postgres:{password}@127.0.0.1:{port}/{front}"))
    }

    /// Where PgBouncer itself answers, with what it knows of its pools.
    #[must_use]
    pub fn console(&self) -> DatabaseUrl {
        self.url("pgbouncer")
    }

    /// Stops it and removes its folder.
    ///
    /// Dropping does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// When it had already ended by itself, with the end of its log, or when the folder cannot be removed.
    pub fn stop(mut self) -> Result<(), ProvisionError> {
        self.server.close()
    }
}

fn config(postgres: &PostgresServer, fronts: &[Front], port: u16, users: &str) -> String {
    let mut text = "[databases]\n".to_owned();
    for Front { name, mode, size, schema } in fronts {
        let (behind, password) = (postgres.port(), postgres.password());
        let mode = match mode {
            PoolMode::Session => "session",
            PoolMode::Transaction => "transaction",
        };
        text += &format!(
            "{name} = host=127.0.0.1 port={behind} dbname=postgres user=postgres password={password} \
             pool_mode={mode} pool_size={size} connect_query='set search_path to {schema}'\n"
        );
    }
    // Clients may set what only their session would keep; PgBouncer leaves it out.
    text + &format!(
        "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {users}\nadmin_users = postgres\nmax_client_conn = 10000\n\
         ignore_startup_parameters = extra_float_digits,options\nlog_connections = 0\nlog_disconnections = 0\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::Durability;

    /// Needs the server programs; where they are missing, the tests in `tests/servers/provision.rs` say so.
    #[test]
    fn what_it_is_told_holds_no_password_on_a_command_line() {
        let Ok(postgres) = PostgresServer::start(Durability::ThrowAway) else { return };
        let front = Front {
            name: "lane_1".to_owned(),
            mode: PoolMode::Transaction,
            size: 3,
            schema: "mine".to_owned(),
        };
        let Ok(pooler) = PgBouncerServer::start(&postgres, std::slice::from_ref(&front)) else { return };
        let told = std::fs::read(format!("/proc/{}/cmdline", pooler.server.process_id().unwrap()));
        let told = String::from_utf8_lossy(&told.unwrap_or_default()).into_owned();
        for secret in [postgres.password(), pooler.server.password()] {
            assert!(!told.contains(secret), "{told}");
            assert!(!format!("{pooler:?}{:?}", pooler.url("lane_1")).contains(secret));
        }
        pooler.stop().unwrap();
        postgres.stop().unwrap();
    }
}
