//! Clients and servers that speak no Postgres: the tap forwards, closes, and serves the next one.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use poolbench::tap::{Guise, LOOPBACK, Tap};
use poolbench::target::{DatabaseUrl, Surroundings};

const FIRST: &[u8] = b"\0\0\0\x11\0\x03\0\0user\0me\0\0";
const GREETING: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";

/// What a stranger says, by its number.
fn words(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let length = (next() % 3_000) as usize;
    let odd = (next() as u32).to_be_bytes();
    let noise = (0..length).map(|_| next() as u8);
    // Some begin well.
    match number % 4 {
        0 => noise.collect(),
        1 => GREETING.iter().copied().chain(noise).collect(),
        2 => [b"R", &odd[..]].concat().into_iter().chain(noise).collect(),
        _ => b"N\0\x01\0\0".iter().copied().chain(std::iter::repeat_n(b'x', 70_000)).collect(),
    }
}

/// A server that says what a stranger says, and what a server says to whoever asks for number 0.
fn serve(listener: TcpListener, last: u64) {
    for number in (1..=last).rev().chain([0]) {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
        let _ = stream.read(&mut asked);
        if number == 0 {
            stream.write_all(GREETING).unwrap();
            let read = stream.read(&mut asked).unwrap();
            stream.write_all(&asked[..read]).unwrap();
        } else {
            let _ = stream.write_all(&words(number));
            let _ = stream.shutdown(Shutdown::Write);
            while stream.read(&mut asked).is_ok_and(|read| read > 0) {}
        }
    }
}

fn client(address: SocketAddr, words: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(FIRST).and_then(|()| stream.write_all(words));
    let _ = stream.shutdown(Shutdown::Write);
    let mut told = Vec::new();
    // It may be cut off, but it ends.
    if let Err(fault) = stream.read_to_end(&mut told) {
        assert_ne!(fault.kind(), std::io::ErrorKind::WouldBlock, "the tap neither goes on nor ends");
    }
    told
}

#[test]
fn strangers_on_both_sides_harm_nobody() {
    const LAST: u64 = 200;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = DatabaseUrl::new(format!("postgres://me@{}/d?sslmode=disable", listener.local_addr().unwrap()));
    let guise = Guise::of(Some(&url), &Surroundings::none()).unwrap().unwrap();
    let tap = Tap::open(guise.upstream().clone(), LOOPBACK).unwrap();
    let server = std::thread::spawn(move || serve(listener, LAST));
    for number in (1..=LAST).rev() {
        client(tap.address(), &words(number.wrapping_mul(31)));
    }
    let echo = b"Q\0\0\0\x0dselect 1\0";
    assert_eq!(client(tap.address(), echo), [GREETING, echo].concat());
    server.join().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while tap.connections_open() > 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let connections = tap.report().connections;
    assert_eq!((tap.connections_open(), connections.sessions), (0, LAST + 1));
    assert!(connections.blind >= LAST / 2, "{connections:?}");
}
