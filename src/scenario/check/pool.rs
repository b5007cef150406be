//! The tables `[pool]` and `[fleet]`.

use std::time::Duration;

use super::choice;
use crate::scenario::limits::{FLEET, POOL_SIZE};
use crate::scenario::read::{Least, Section};
use crate::scenario::{Fleet, LivenessCheck, PoolSettings, Routing};

/// As sqlx and deadpool have it.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn pool(section: Section<'_, '_>) -> Option<PoolSettings> {
    if !section.has("size") {
        section.missing("size", "write the number of connections, like 20");
    }
    let size = section.whole("size", POOL_SIZE);
    let acquire_timeout = match section.has("acquire-timeout") {
        true => section.duration("acquire-timeout", Least::AboveZero),
        false => Some(ACQUIRE_TIMEOUT),
    };
    let liveness_check = match section.text("liveness-check", "write library-default, always or never") {
        None => Some(LivenessCheck::LibraryDefault),
        Some(text) => choice(
            &section,
            &text,
            &[
                ("library-default", LivenessCheck::LibraryDefault),
                ("always", LivenessCheck::Always),
                ("never", LivenessCheck::Never),
            ],
        ),
    };
    section.finish();
    Some(PoolSettings { size: size?, acquire_timeout: acquire_timeout?, liveness_check: liveness_check? })
}

pub(super) fn fleet(section: Section<'_, '_>) -> Option<Fleet> {
    if !section.has("pools") {
        section.missing("pools", "write the number of pools, like 50");
    }
    let pools = section.whole("pools", FLEET);
    let routing = match section.text("routing", "write random, round-robin or least-loaded") {
        None => Some(Routing::Random),
        Some(text) => {
            let choices = [Routing::Random, Routing::RoundRobin, Routing::LeastLoaded];
            choice(&section, &text, &choices.map(|routing| (routing.word(), routing)))
        }
    };
    section.finish();
    Some(Fleet { pools: pools?, routing: routing? })
}
