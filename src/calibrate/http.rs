//! What the driver carries over HTTP to a service that does nothing, in this very process: arrivals, tasks,
//! client, sockets, clock and records, and the least that a service can do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::driver::{Carrier, DriverCost};
use super::{CalibrationError, Effort};
use crate::http::{Call, Place};
use crate::load::{HttpLaneSpec, LaneError, Meaning, OpenPlan, Stop, Task, start_http};
use crate::record::Tape;

/// Requests in flight, at most: more sockets carry no more.
const IN_FLIGHT: u32 = 256;

/// Arrivals a second at which schedule lag is told: sockets carry less than a pool that does nothing.
const TOLD_AT: f64 = 1_000.0;

/// What the driver carries, on one lane, to such a service.
pub(super) fn measure(effort: Effort, stop: &Stop) -> Result<DriverCost, CalibrationError> {
    let nothing = Nothing::start().map_err(LaneError::Thread)?;
    let carrier = Carrier { told_at: TOLD_AT, drive: &|plan| drive(nothing.address, plan) };
    let cost = carrier.measure(effort, stop);
    nothing.end();
    cost
}

/// Drives such a service, and answers what was noted.
fn drive(address: SocketAddr, plan: OpenPlan) -> Result<Tape, CalibrationError> {
    let place = Place { socket: address, authority: address.to_string(), base: String::new() };
    let request = Call::new("GET", ("", "/"), &[], "").map_err(LaneError::from)?;
    let spec = HttpLaneSpec {
        lane: "calibrate".to_owned(),
        place,
        request,
        bystander: None,
        timeout: None,
        means: Arc::new(|_| Meaning::Success),
        first_request: 0,
        task: Task::Open(Box::new(OpenPlan { in_flight_cap: IN_FLIGHT, ..plan })),
        step: 20_000_000,
    };
    let runtime = super::runtime()?;
    let started = runtime.block_on(start_http(vec![spec], &Stop::default()))?;
    let lane = started.lanes.into_iter().next().ok_or(LaneError::BrokeDown)?;
    Ok(lane.join()?.tape)
}

/// A service that answers every head of a request with the same few bytes.
struct Nothing {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Nothing {
    fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("answers nothing".to_owned()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = stopped => {}
                    () = accept(&listener) => {}
                }
            });
        })?;
        Ok(Self { address, stop, thread })
    }

    fn end(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

async fn accept(listener: &TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream));
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const END: &[u8] = b"\r\n\r\n";

/// Answers until the other side goes. Our own client sends no body, and one request at a time.
async fn answer(mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let mut head = Vec::with_capacity(1024);
    while stream.read_buf(&mut head).await.is_ok_and(|bytes| bytes > 0) {
        if head.ends_with(END) {
            head.clear();
            if stream.write_all(ANSWER).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::calibrate::request::open;
    use crate::load::Spacing;
    use crate::units::Rate;

    #[test]
    fn requests_to_nothing_all_complete() {
        let nothing = Nothing::start().unwrap();
        let rate = Rate::per_second(500.0).unwrap();
        let tape = drive(nothing.address, open(Spacing::Constant, rate, Duration::from_millis(100))).unwrap();
        let ledger = tape.measured.ledger;
        assert!(ledger.completed > 0 && ledger.completed == ledger.scheduled, "{ledger:?}");
        nothing.end();
    }
}
