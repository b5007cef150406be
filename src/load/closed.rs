//! The closed loop: callers who send the next request when the last one has ended.

use std::rc::Rc;

use tokio::task::LocalSet;

use super::agenda::ArrivalStream;
use super::clock::Clock;
use super::live::Stop;
use super::open::Sender;
use super::request::{ActiveRequest, LaneState};
use crate::record::{Class, Nanos, Outcome, Window};

/// The callers of a closed loop.
#[derive(Debug, Clone, Copy)]
pub struct ClosedPlan {
    /// How many callers send requests.
    pub callers: u32,
    /// How long each pauses between the end of a request and the next.
    pub think: Nanos,
    /// They start evenly spread over this time, so that they do not move in step.
    pub spread: Nanos,
    /// The measured span; what is sent before it is warm-up. At its end the callers stop, and
    /// what is under way is cut off and counted.
    pub window: Window,
}

/// Drives a closed loop to the end of its measured span.
pub(super) async fn drive<C: Clock, S: Sender<C>>(
    plan: ClosedPlan,
    state: &Rc<LaneState<C>>,
    sender: S,
    stop: &Stop,
) {
    let sender = Rc::new(sender);
    let numbers = Rc::new(std::cell::Cell::new(0));
    // Dropping the set cuts off what is under way.
    let set = LocalSet::new();
    for caller in 0..plan.callers {
        let starts = plan.spread / u64::from(plan.callers) * u64::from(caller);
        let (state, sender, numbers) = (state.clone(), sender.clone(), numbers.clone());
        set.spawn_local(async move {
            state.clock.sleep_until(starts).await;
            loop {
                let now = state.clock.now();
                if now >= plan.window.to {
                    return;
                }
                let class = if now >= plan.window.from { Class::Measured } else { Class::WarmUp };
                let number = numbers.replace(numbers.get() + 1);
                state.recorder.borrow_mut().scheduled(class, now);
                let active = ActiveRequest::dispatch(&state, class, now);
                sender.send(ArrivalStream::Requests, number, active).await;
                if plan.think > 0 {
                    state.clock.sleep_until(state.clock.now() + plan.think).await;
                } else {
                    // A request that fails at once must not keep the others from their turn.
                    tokio::task::yield_now().await;
                }
            }
        });
    }
    set.run_until(async {
        tokio::select! {
            biased;
            () = stop.stopped() => state.cut_off.set(Outcome::Abandoned),
            () = state.clock.sleep_until(plan.window.to) => {}
        }
    })
    .await;
}
