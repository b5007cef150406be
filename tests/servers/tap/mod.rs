//! `poolbench tap` before a throw-away Postgres: what it sees is what happened, and it changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod command;
use crate::common;
mod fastapi;
mod killed;
mod languages;
mod referee;
mod rows;
mod scripted;
mod scripts;
use crate::servers;
mod strangers;
mod transparent;
mod watching;
mod wire;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use poolbench::provision::ServerKind;
use poolbench::tap::{Edge, Guise, LOOPBACK, Seen, Tap};
use poolbench::target::{DatabaseUrl, Surroundings};
use servers::Postgres;
use wire::Wire;

/// A server with a tap before it.
struct Place {
    server: Postgres,
    tap: Tap,
}

impl Place {
    /// Nothing where there is no Postgres on this machine.
    fn start() -> Option<Self> {
        if !common::needs(&[ServerKind::Postgres]) {
            return None;
        }
        let server = Postgres::start();
        let url = DatabaseUrl::new(server.url());
        let guise = Guise::of(Some(&url), &Surroundings::none()).unwrap().unwrap();
        let tap = Tap::open(guise.upstream().clone(), LOOPBACK).unwrap();
        Some(Self { server, tap })
    }

    fn address(&self) -> SocketAddr {
        self.tap.address()
    }

    fn connect(&self) -> Wire {
        Wire::connect(self.address(), "tester", "tester", "job_service")
    }

    /// The server's own URL with the tap in its place.
    fn url(&self) -> String {
        self.server
            .url()
            .rsplit_once('@')
            .map(|_| format!("postgres://tester:tester@{}/job_service", self.address()))
            .unwrap()
    }

    /// What was seen when the last connection has ended.
    fn seen(&self) -> Seen {
        let until = Instant::now() + Duration::from_secs(10);
        while self.tap.connections_open() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.tap.report()
    }
}

/// The text of a statement, or the name of another edge.
fn name(seen: &Seen, edge: Edge) -> String {
    match edge {
        Edge::Statement(id) => seen.statements[id.place() as usize].clone(),
        other => format!("{other:?}"),
    }
}
