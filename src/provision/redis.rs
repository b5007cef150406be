//! A throw-away Redis, or Valkey, that keeps nothing on disk.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::process::Signal;

use super::account::Account;
use super::process::Stand;
use super::reaper::Ending;
use super::temp_server::{Patience, TempServer};
use super::{ProvisionError, find, port};
use crate::target::RedisUrl;

/// The server takes some milliseconds to start.
const READY_LIMIT: Patience = Patience::of(Duration::from_secs(30));
/// A server on this machine that takes longer to answer is not ready.
const ANSWER_LIMIT: Duration = Duration::from_millis(500);

const ENDING: Ending = Ending { first: Signal::TERM, then: Signal::TERM };

/// A Redis of our own, gone with its folder when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    url: RedisUrl,
    server: TempServer,
}

impl RedisServer {
    /// Starts `redis-server` or `valkey-server` from `PATH`, and waits until it answers: by a
    /// random password, on 127.0.0.1.
    ///
    /// # Errors
    /// When there is no such program or it cannot do it. Nothing is left behind then.
    pub fn start() -> Result<Self, ProvisionError> {
        let account = Account::for_servers()?;
        let program = find::redis(account.as_ref())?;
        let mut server = TempServer::open(account)?;
        let port = port::settle("redis", &mut server, port::free, |server, port| {
            let mut command = server.command(&program);
            // Its configuration comes by standard input, so the password is on no command line.
            command.arg("-").current_dir(server.folder());
            let password = server.password().to_owned();
            let config = format!(
                "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndaemonize no\n"
            );
            server.start("redis", command, &config, ENDING)?;
            server.wait(READY_LIMIT, |_| answers(port, &password).unwrap_or(false))
        })?;
        let url = RedisUrl::new(format!("redis://:{}@127.0.0.1:{port}/0", server.password()));
        Ok(Self { url, server })
    }

    /// Where to connect, and with which password.
    #[must_use]
    pub fn url(&self) -> &RedisUrl {
        &self.url
    }

    /// Has the server answer nobody, though it keeps its connections and takes new ones, until it is told to
    /// [go on](Self::go_on).
    pub fn hang(&self) {
        self.server.stand(Stand::Still);
    }

    /// Has the server go on.
    pub fn go_on(&self) {
        self.server.stand(Stand::GoOn);
    }

    /// Stops the server and removes its folder.
    ///
    /// Dropping does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// When the server had already ended by itself, with the end of its log, or when the folder
    /// cannot be removed.
    pub fn stop(mut self) -> Result<(), ProvisionError> {
        self.server.close()
    }
}

/// Whether our own server answers on this port: another one would not know the password.
fn answers(port: u16, password: &str) -> io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.set_write_timeout(Some(ANSWER_LIMIT))?;
    stream.write_all(format!("AUTH {password}\r\nPING\r\n").as_bytes())?;
    const EXPECTED: &[u8] = b"+OK\r\n+PONG\r\n";
    let mut answer = [0; EXPECTED.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer == EXPECTED)
}
