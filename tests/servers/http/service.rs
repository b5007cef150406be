//! A service of the test's own: what it answers hangs on the number of the request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long it stands still, once: whoever is due meanwhile waits for all that is left of it.
pub(crate) const STALL: Duration = Duration::from_millis(400);

/// What one connection was asked.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) numbers: Vec<u64>,
    pub(crate) cheap: u64,
    /// Requests without the header that they should have.
    pub(crate) strangers: u64,
    pub(crate) connections: u64,
}

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Service {
    /// Serves until the test ends; it stands still at the request of this number.
    pub(crate) fn start(token: &'static str, stalls_at: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, gate) = (Arc::new(Mutex::new(Seen::default())), Arc::new(Mutex::new(())));
        let shared = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, gate) = (shared.clone(), gate.clone());
                seen.lock().unwrap().connections += 1;
                thread::spawn(move || converse(&stream.unwrap(), token, stalls_at, &seen, &gate));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

/// Answers until the other side has gone.
fn converse(
    stream: &TcpStream,
    token: &str,
    stalls_at: u64,
    seen: &Mutex<Seen>,
    gate: &Mutex<()>,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut length, mut known) = (String::new(), 0, false);
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let cheap = line.starts_with("GET /cheap ");
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse().ok()?,
                "authorization" => known = value == token,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let number = String::from_utf8(body).ok()?.trim_start_matches("job ").parse().unwrap_or(0);
        {
            let mut seen = seen.lock().unwrap();
            seen.strangers += u64::from(!known);
            if cheap { seen.cheap += 1 } else { seen.numbers.push(number) }
        }
        if number == stalls_at {
            let _all_wait = gate.lock().unwrap();
            thread::sleep(STALL);
        }
        drop(gate.lock().unwrap());
        let (status, says) = match number % 20 {
            _ if cheap => ("200 OK", "cheap"),
            17 => ("503 Service Unavailable", "{\"code\": \"pool-timeout\"}"),
            18 => ("503 Service Unavailable", "{\"code\": \"overloaded\"}"),
            19 => {
                thread::sleep(Duration::from_secs(30));
                return None;
            }
            _ => ("201 Created", "done"),
        };
        let answer =
            format!("HTTP/1.1 {status}\r\nserver: test/1\r\ncontent-length: {}\r\n\r\n{says}", says.len());
        reader.get_mut().write_all(answer.as_bytes()).ok()?;
    }
}
