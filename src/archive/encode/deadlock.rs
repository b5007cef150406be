//! Deadlocks, both ways.

use crate::archive::wire::{DeadlockRecord, DeadlocksRecord, HolderRecord};
use crate::record::{Deadlock, Deadlocks, Holder};

impl From<&Deadlocks> for DeadlocksRecord {
    fn from(Deadlocks { count, first }: &Deadlocks) -> Self {
        let Deadlock { pool, at, requests, connections, gives_up, holders } = first;
        let holder = |&Holder { request, holds, acquisition }| HolderRecord { request, holds, acquisition };
        let first = DeadlockRecord {
            pool: *pool,
            at_ns: *at,
            requests: *requests,
            connections: *connections,
            gives_up_ns: *gives_up,
            holders: holders.iter().map(holder).collect(),
        };
        Self { count: *count, first }
    }
}

impl From<&DeadlocksRecord> for Deadlocks {
    fn from(DeadlocksRecord { count, first }: &DeadlocksRecord) -> Self {
        let DeadlockRecord { pool, at_ns, requests, connections, gives_up_ns, holders } = first;
        let holder = |&HolderRecord { request, holds, acquisition }| Holder { request, holds, acquisition };
        let first = Deadlock {
            pool: *pool,
            at: *at_ns,
            requests: *requests,
            connections: *connections,
            gives_up: *gives_up_ns,
            holders: holders.iter().map(holder).collect(),
        };
        Self { count: *count, first }
    }
}
