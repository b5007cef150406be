//! What somebody else in the application does with a lane's pool while its requests use it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::clock::Clock;
use crate::jobs::repository::Unit;
use crate::jobs::service::Service;
use crate::plan::Misuse;
use crate::pool::Pool;

/// How long the callers of cancelled acquires wait, one after the other, in milliseconds. The first is gone
/// before the pool did anything, the last when requests of tens of milliseconds have given back theirs.
const PATIENCE_MS: [u64; 7] = [0, 1, 2, 5, 11, 23, 47];

/// A misuse under way, and what it holds: gone when this is dropped.
pub(super) struct Misusing<P: Pool> {
    task: tokio::task::JoinHandle<()>,
    /// Held, and nothing more.
    _leaked: Rc<RefCell<Vec<Unit<P>>>>,
}

impl<P: Pool> Misusing<P> {
    /// Misuses the pool of a service in the background.
    pub(super) fn begin<C: Clock>(misuse: Misuse, service: &Rc<Service<P>>, clock: C) -> Self {
        let leaked = Rc::<RefCell<Vec<Unit<P>>>>::default();
        let (service, kept) = (service.clone(), leaked.clone());
        let task = tokio::task::spawn_local(async move {
            match misuse {
                Misuse::Leak { connections, at } => {
                    clock.sleep_until(at).await;
                    leak(&service, connections as usize, &kept).await;
                }
                Misuse::CancelledAcquires { from, until, every } => {
                    let asked = (from..until).step_by(every.max(1) as usize);
                    for (at, patience) in asked.zip(PATIENCE_MS.into_iter().cycle()) {
                        clock.sleep_until(at).await;
                        let (service, patience) = (service.clone(), Duration::from_millis(patience));
                        tokio::task::spawn_local(async move {
                            // Dropped at whatever point it has reached by then.
                            let mut unit = Unit::default();
                            let asks = service.repository.acquire(&mut unit);
                            let _ = tokio::time::timeout(patience, asks).await;
                        });
                    }
                }
            }
        });
        Self { task, _leaked: leaked }
    }

    /// Ends it; what was leaked is held until this is dropped.
    pub(super) async fn end(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

/// Who gets none asks again, as long as the load lasts.
async fn leak<P: Pool>(service: &Service<P>, connections: usize, kept: &RefCell<Vec<Unit<P>>>) {
    while kept.borrow().len() < connections {
        let mut unit = Unit::default();
        if service.repository.acquire(&mut unit).await.is_ok() {
            kept.borrow_mut().push(unit);
        } else {
            // A pool that refuses at once must not keep the lane's thread to itself.
            tokio::time::sleep(ASKS_AGAIN).await;
        }
    }
}

/// Between two tries to get a connection that is to be leaked.
const ASKS_AGAIN: Duration = Duration::from_millis(10);

/// How long a connection is waited for that should be there.
const THERE: Duration = Duration::from_millis(500);

/// How many connections the pool of a service lends at once, when nobody else asks it for one.
pub(super) async fn lends<P: Pool>(service: &Service<P>, size: u32) -> u32 {
    let mut held = Vec::new();
    for _ in 0..size {
        let mut unit = Unit::default();
        match tokio::time::timeout(THERE, service.repository.acquire(&mut unit)).await {
            Ok(Ok(_)) => held.push(unit),
            _ => break,
        }
    }
    held.len() as u32
}
