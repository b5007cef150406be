//! The connections to one service, each for one request at a time, and one request on one of them.

use std::cell::{Cell, RefCell};
use std::error::Error;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HeaderValue, SERVER};
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Call, CallError, Place};

/// Of an answer's body so many bytes are looked at.
const LOOKED_AT: usize = 16 * 1024;

/// Of what a service calls itself so many characters are kept.
const NAME: usize = 60;

/// Sends requests to one service. It belongs to one thread, inside a `LocalSet`: its connections live as long
/// as that does.
#[derive(Debug)]
pub struct Client {
    place: Place,
    host: HeaderValue,
    /// Connections that nobody uses, the one that was used last at the end.
    idle: RefCell<Vec<Connection>>,
    made: Cell<u64>,
}

type Connection = SendRequest<Full<Bytes>>;

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status: 200, 503.
    pub status: u16,
    /// The beginning of its body. It may repeat what was sent, credentials too, so it is looked at and not
    /// kept.
    pub body: Vec<u8>,
    /// What the service calls itself in the header `server`; empty where it does not.
    pub server: String,
}

/// Why there was no answer. No message holds what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The connection ended, or carried something else than an answer.
    #[error("no answer: {0}")]
    Broken(String),
}

impl Client {
    /// A client of the service at this place; nothing is connected yet.
    ///
    /// # Errors
    /// When its host cannot stand in a header.
    pub fn new(place: Place) -> Result<Self, CallError> {
        let wrong = |_| CallError::Header("host".to_owned());
        let host = HeaderValue::from_str(&place.authority).map_err(wrong)?;
        Ok(Self { place, host, idle: RefCell::default(), made: Cell::new(0) })
    }

    /// Sends the request of this number, and waits for the whole answer.
    ///
    /// # Errors
    /// When none came.
    pub async fn send(&self, call: &Call, number: u64) -> Result<Answer, Fault> {
        let mut request = call.request(&self.host, number);
        loop {
            let (mut connection, used) = self.connection().await?;
            match connection.try_send_request(request).await {
                Ok(response) => {
                    let answer = whole(response).await?;
                    self.idle.borrow_mut().push(connection);
                    return Ok(answer);
                }
                // A service may close a connection that nobody uses. Where nothing was sent on it yet, sending
                // it on another one repeats nothing.
                Err(mut failed) => match failed.take_message().filter(|_| used == Used::Before) {
                    Some(unsent) => request = unsent,
                    None => return Err(Fault::Broken(told(&failed.into_error()))),
                },
            }
        }
    }

    /// A connection that is ready: the one that was used last, or a new one.
    async fn connection(&self) -> Result<(Connection, Used), Fault> {
        loop {
            let Some(mut connection) = self.idle.borrow_mut().pop() else { break };
            if connection.ready().await.is_ok() {
                return Ok((connection, Used::Before));
            }
        }
        let connect = |fault: &dyn std::fmt::Display| Fault::Connect(fault.to_string());
        let stream = TcpStream::connect(self.place.socket).await.map_err(|fault| connect(&fault))?;
        let _ = stream.set_nodelay(true);
        let (connection, carries) = handshake(TokioIo::new(stream)).await.map_err(|fault| connect(&fault))?;
        self.made.set(self.made.get() + 1);
        // It ends with its connection; what went wrong is told to whoever sends on it.
        tokio::task::spawn_local(async move {
            let _ = carries.await;
        });
        Ok((connection, Used::Never))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    Before,
    Never,
}

/// Reads an answer to its end: only then it has been given.
async fn whole(response: Response<hyper::body::Incoming>) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let server = response.headers().get(SERVER).and_then(|name| name.to_str().ok()).unwrap_or_default();
    let server = server.chars().take(NAME).collect();
    let (mut body, mut incoming) = (Vec::new(), response.into_body());
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|fault| Fault::Broken(told(&fault)))?;
        if let Some(bytes) = frame.data_ref() {
            let room = LOOKED_AT - body.len();
            body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
    Ok(Answer { status, body, server })
}

/// What went wrong and what was behind it, in one line.
fn told(fault: &hyper::Error) -> String {
    if fault.is_incomplete_message() {
        return "the service closed the connection before it answered".to_owned();
    }
    let behind = fault.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{fault}{behind}")
}

impl Answer {
    /// Its status in words, as in `503 Service Unavailable`.
    #[must_use]
    pub fn status_line(&self) -> String {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        reason.map_or_else(|| self.status.to_string(), |reason| format!("{} {reason}", self.status))
    }

    /// Whether these words stand in the part of its body that is looked at.
    #[must_use]
    pub fn says(&self, words: &str) -> bool {
        words.is_empty() || self.body.windows(words.len()).any(|part| part == words.as_bytes())
    }
}
