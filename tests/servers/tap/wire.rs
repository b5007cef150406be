//! A client that sends messages one by one, when a test says so.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
}

fn text(parts: &[&str]) -> Vec<u8> {
    parts.iter().flat_map(|part| [part.as_bytes(), b"\0"].concat()).collect()
}

impl Wire {
    /// Connects, and says who it is.
    pub(crate) fn connect(address: SocketAddr, user: &str, password: &str, database: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut wire = Self { stream };
        let body =
            [&196_608_u32.to_be_bytes()[..], &text(&["user", user, "database", database, ""])].concat();
        wire.raw(&[&(body.len() as u32 + 4).to_be_bytes()[..], &body].concat());
        wire.authenticate(password);
        wire.until(b'Z');
        wire
    }

    fn authenticate(&mut self, password: &str) {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        loop {
            let (tag, body) = self.message();
            assert_eq!(tag, b'R', "{}", String::from_utf8_lossy(&body));
            match u32::from_be_bytes(body[..4].try_into().unwrap()) {
                0 => return,
                10 => {
                    let first = scram.message().to_vec();
                    let length = (first.len() as u32).to_be_bytes();
                    self.send(b'p', &[b"SCRAM-SHA-256\0", &length[..], &first].concat());
                }
                11 => {
                    scram.update(&body[4..]).unwrap();
                    let next = scram.message().to_vec();
                    self.send(b'p', &next);
                }
                12 => scram.finish(&body[4..]).unwrap(),
                other => panic!("authentication {other}"),
            }
        }
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    pub(crate) fn send(&mut self, tag: u8, body: &[u8]) {
        self.raw(&[&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat());
    }

    pub(crate) fn message(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes(head[1..].try_into().unwrap());
        let mut body = vec![0; length as usize - 4];
        self.stream.read_exact(&mut body).unwrap();
        (head[0], body)
    }

    /// Reads until a message of this kind, which it returns.
    pub(crate) fn until(&mut self, tag: u8) -> Vec<u8> {
        loop {
            let (came, body) = self.message();
            assert!(came != b'E' || tag == b'E', "{}", String::from_utf8_lossy(&body));
            if came == tag {
                return body;
            }
        }
    }

    pub(crate) fn query(&mut self, sql: &str) {
        self.send(b'Q', &text(&[sql]));
        self.until(b'Z');
    }

    pub(crate) fn parse(&mut self, name: &str, sql: &str) {
        self.send(b'P', &[&text(&[name, sql])[..], &[0, 0]].concat());
    }

    pub(crate) fn bind_and_execute(&mut self, name: &str) {
        self.send(b'B', &[&text(&["", name])[..], &[0; 6]].concat());
        self.send(b'E', &[&text(&[""])[..], &[0; 4]].concat());
    }

    pub(crate) fn flush(&mut self) {
        self.send(b'H', b"");
    }

    pub(crate) fn sync(&mut self) {
        self.send(b'S', b"");
        self.until(b'Z');
    }

    /// Ends the connection without a word.
    pub(crate) fn vanish(self) {}

    /// What the other side still says until it closes.
    pub(crate) fn rest(mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
        rest
    }

    /// A connection of which nothing is said yet.
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.stream.read_exact(&mut byte).unwrap();
        byte[0]
    }
}
