//! What Redis Queue 2 and 3 write on `queue.enqueue(function, argument)`: two transactions, the
//! second with a job hash of fifteen fields and a push to the queue's list.

use std::io::Write;
use std::time::{Duration, SystemTime};

use rand::{Rng, SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use redis::aio::MultiplexedConnection;
use uuid::Uuid;

/// The name of a run's own queue: nothing else is written to or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueName(String);

/// What the names of all poolbench's queues begin with.
const PREFIX: &str = "poolbench-";

impl QueueName {
    /// The queue of a run, after the run's own mark.
    #[must_use]
    pub fn of_run(mark: &str) -> Self {
        Self(format!("{PREFIX}{mark}"))
    }

    /// The name, as Redis Queue has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The key of its list.
    fn list(&self) -> String {
        format!("{LISTS}{}", self.0)
    }

    /// The key that says that its run is alive.
    fn alive(&self) -> String {
        format!("poolbench:run:{}", self.0)
    }
}

/// What the keys of all queues begin with.
const LISTS: &str = "rq:queue:";
/// The set of all queues.
const QUEUES: &str = "rq:queues";

const FUNCTION: &str = "jobs.run";

/// Draws job ids. Seeded by the system, so that two runs on one Redis never draw the same.
#[derive(Debug)]
pub(super) struct JobIds(Xoshiro256PlusPlus);

impl JobIds {
    pub(super) fn new() -> Self {
        let mut seed = [0_u8; 32];
        if rand::rngs::SysRng.try_fill_bytes(&mut seed).is_err() {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            seed[..16].copy_from_slice(&now.as_nanos().to_le_bytes());
        }
        Self(Xoshiro256PlusPlus::from_seed(seed))
    }

    pub(super) fn next(&mut self) -> Uuid {
        let mut bytes = [0_u8; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

pub(super) async fn enqueue(
    connection: &mut MultiplexedConnection,
    name: &QueueName,
    id: Uuid,
    job: i64,
) -> Result<(), redis::RedisError> {
    let queue = name.list();
    let hash = format!("rq:job:{id}");
    let now = humantime::format_rfc3339_micros(SystemTime::now()).to_string();
    let () =
        redis::pipe().atomic().cmd("SADD").arg(QUEUES).arg(&queue).ignore().query_async(connection).await?;
    let mut fields = redis::cmd("HSET");
    fields.arg(&hash).arg("created_at").arg(&now).arg("data").arg(payload(job)?);
    for name in [
        "success_callback_name",
        "failure_callback_name",
        "stopped_callback_name",
        "started_at",
        "ended_at",
        "last_heartbeat",
        "worker_name",
        "group_id",
    ] {
        fields.arg(name).arg("");
    }
    fields.arg("origin").arg(name.name()).arg("description").arg(format!("{FUNCTION}({job})"));
    fields.arg("enqueued_at").arg(&now).arg("timeout").arg(180).arg("status").arg("queued");
    redis::pipe()
        .atomic()
        .cmd("HSET")
        .arg(&hash)
        .arg("status")
        .arg("queued")
        .ignore()
        .add_command(fields)
        .ignore()
        .cmd("RPUSH")
        .arg(&queue)
        .arg(id.to_string())
        .ignore()
        .query_async(connection)
        .await
}

/// The pickle of `(function, None, (job,), {})`, compressed, as a worker would read it.
fn payload(job: i64) -> std::io::Result<Vec<u8>> {
    let mut pickle = vec![0x80, 2, b'(', b'X'];
    pickle.extend((FUNCTION.len() as u32).to_le_bytes());
    pickle.extend(FUNCTION.as_bytes());
    pickle.extend([b'N', 0x8a, 8]);
    pickle.extend(job.to_le_bytes());
    pickle.extend([0x85, b'}', b't', b'.']);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::with_capacity(64), flate2::Compression::default());
    zlib.write_all(&pickle)?;
    zlib.finish()
}

/// How many job hashes one command removes.
const BATCH: isize = 1000;

/// Whether a queue could be taken for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QueueClaim {
    /// The queue now belongs to this run.
    Ours,
    /// There is something of that name.
    Taken,
}

/// Takes a queue for a run that is over when so much time has passed: until then no other run
/// takes it for one that was left.
pub(super) async fn claim(
    connection: &mut MultiplexedConnection,
    name: &QueueName,
    over: Duration,
) -> Result<QueueClaim, redis::RedisError> {
    let (there,): (u8,) = redis::pipe().cmd("EXISTS").arg(name.list()).query_async(connection).await?;
    if there > 0 {
        return Ok(QueueClaim::Taken);
    }
    let mut set = redis::cmd("SET");
    set.arg(name.alive()).arg("1").arg("NX").arg("EX").arg(over.as_secs().max(1));
    let set: Option<String> = set.query_async(connection).await?;
    Ok(if set.is_some() { QueueClaim::Ours } else { QueueClaim::Taken })
}

/// Keeps a queue from being taken for one that was left.
pub(super) async fn renew(
    connection: &mut MultiplexedConnection,
    name: &QueueName,
    over: Duration,
) -> Result<(), redis::RedisError> {
    let mut set = redis::cmd("SET");
    set.arg(name.alive()).arg("1").arg("EX").arg(over.as_secs().max(1));
    set.query_async(connection).await
}

/// Removes the queues of runs that were killed and are over.
pub(super) async fn clean_up_after_others(
    connection: &mut MultiplexedConnection,
) -> Result<(), redis::RedisError> {
    let queues: Vec<String> = redis::cmd("SMEMBERS").arg(QUEUES).query_async(connection).await?;
    for mark in queues.iter().filter_map(|key| key.strip_prefix(LISTS)?.strip_prefix(PREFIX)) {
        if mark.len() != MARK || !mark.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        let name = QueueName::of_run(mark);
        let alive: u8 = redis::cmd("EXISTS").arg(name.alive()).query_async(connection).await?;
        if alive == 0 {
            clean_up(connection, &name).await?;
        }
    }
    Ok(())
}

/// How many letters the mark of a run has.
const MARK: usize = 8;

/// Removes all jobs of a run's queue, and the queue.
pub(super) async fn clean_up(
    connection: &mut MultiplexedConnection,
    name: &QueueName,
) -> Result<(), redis::RedisError> {
    let queue = name.list();
    loop {
        let ids: Vec<String> =
            redis::cmd("LRANGE").arg(&queue).arg(0).arg(BATCH - 1).query_async(connection).await?;
        if ids.is_empty() {
            break;
        }
        let hashes: Vec<String> = ids.iter().map(|id| format!("rq:job:{id}")).collect();
        let () = redis::pipe()
            .cmd("UNLINK")
            .arg(&hashes)
            .ignore()
            .cmd("LTRIM")
            .arg(&queue)
            .arg(ids.len())
            .arg(-1)
            .ignore()
            .query_async(connection)
            .await?;
    }
    let () = redis::cmd("SREM").arg(QUEUES).arg(&queue).query_async(connection).await?;
    redis::cmd("DEL").arg(name.alive()).query_async(connection).await
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_payload_is_a_compressed_pickle() {
        let mut pickle = Vec::new();
        flate2::read::ZlibDecoder::new(payload(258).unwrap().as_slice()).read_to_end(&mut pickle).unwrap();
        // Python's pickletools reads this as: PROTO 2, MARK, 'jobs.run', None, 258, TUPLE1,
        // EMPTY_DICT, TUPLE, STOP.
        let mut told = b"\x80\x02(X\x08\0\0\0jobs.runN\x8a\x08\x02\x01\0\0\0\0\0\0".to_vec();
        told.extend(b"\x85}t.");
        assert_eq!(pickle, told);
    }

    #[test]
    fn ids_are_random_uuids() {
        let mut ids = JobIds::new();
        let (a, b) = (ids.next(), ids.next());
        assert_ne!(a, b);
        assert_eq!(a.get_version_num(), 4);
    }
}
