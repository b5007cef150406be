//! What applications do in transactions, as scripts of one client.

use std::time::Duration;

use poolbench::tap::Deeds;

use crate::tap::scripted::Truth::{Busy, Free, Gap};
use crate::tap::scripted::{Client, Row};
use crate::tap::wire::Wire;

const NOTHING: Deeds = Deeds::NOTHING;

const fn row(
    name: &'static str,
    holds: u64,
    pauses: &'static [crate::tap::scripted::Truth],
    script: fn(&mut Client<'_>),
) -> Row {
    Row { name, holds, pauses, script }
}

pub(crate) const ROWS: &[Row] = &[
    row(
        "several statements in a simple query",
        1,
        &[Gap("begin; select ?", "select ?; commit", NOTHING)],
        |it| {
            it.query("begin; select 1");
            it.pause();
            it.query("select 2; commit");
        },
    ),
    row("several statements without a transaction", 2, &[Free], |it| {
        it.query("select 1; select 2");
        it.pause();
        it.query("select 3");
    }),
    row("autocommit", 3, &[Free, Free], |it| {
        for _ in 0..2 {
            it.query("insert into t values (1)");
            it.pause();
        }
        it.query("select 1");
    }),
    row("an error within a transaction", 1, &[Gap("select ? / ?", "rollback", Deeds::FAILED)], |it| {
        it.query("begin");
        it.fails("select 1 / 0");
        it.pause();
        it.query("rollback");
    }),
    row(
        "a savepoint and an error",
        1,
        &[
            Gap("savepoint a", "select ? / ?", NOTHING),
            Gap("select ? / ?", "rollback to savepoint a", Deeds::FAILED),
            Gap("rollback to savepoint a", "commit", NOTHING),
        ],
        |it| {
            it.query("begin");
            it.query("savepoint a");
            it.pause();
            it.fails("select 1 / 0");
            it.pause();
            it.query("rollback to savepoint a");
            it.pause();
            it.query("commit");
        },
    ),
    row(
        "a transaction that is chained",
        2,
        &[Gap("select ?", "commit and chain", NOTHING), Gap("Unasked", "rollback", NOTHING)],
        |it| {
            it.query("begin");
            it.query("select 1");
            it.pause();
            it.query("commit and chain");
            it.pause();
            it.query("rollback");
        },
    ),
    row(
        "a commit and the next begin in one message",
        2,
        &[Gap("begin", "commit; begin", NOTHING), Gap("Unasked", "commit", NOTHING)],
        |it| {
            it.query("begin");
            it.pause();
            it.query("commit; begin");
            it.pause();
            it.query("commit");
        },
    ),
    row(
        "COPY from the client, which stops within it",
        1,
        &[Busy, Gap("copy t from stdin", "commit", Deeds::WROTE)],
        |it| {
            it.query("begin");
            it.step(|wire| {
                wire.send(b'Q', b"copy t from stdin\0");
                wire.until(b'G');
                wire.send(b'd', b"1\n");
            });
            it.pause();
            it.step(|wire| {
                wire.send(b'd', b"2\n");
                wire.send(b'c', b"");
                wire.until(b'Z');
            });
            it.pause();
            it.query("commit");
        },
    ),
    row("COPY to the client", 1, &[Gap("copy t to stdout", "commit", NOTHING)], |it| {
        it.query("begin");
        it.query("copy t to stdout");
        it.pause();
        it.query("commit");
    }),
    row("COPY that the client gives up", 1, &[Gap("copy t from stdin", "rollback", Deeds::FAILED)], |it| {
        it.query("begin");
        it.step(|wire| {
            wire.send(b'Q', b"copy t from stdin\0");
            wire.until(b'G');
            wire.send(b'f', b"enough\0");
            wire.until(b'E');
            wire.until(b'Z');
        });
        it.pause();
        it.query("rollback");
    }),
    row("a notification while nothing is held", 3, &[Free, Gap("notify c", "commit", Deeds::WROTE)], |it| {
        it.query("listen c");
        let mut other = it.another();
        other.query("notify c");
        it.pause();
        it.step(|wire| drop(wire.until(b'A')));
        it.query("begin; select 1");
        it.query("notify c");
        it.pause();
        it.query("commit");
    }),
    row("a block that raises a notice", 1, &[Gap("do ?", "commit", Deeds::UNKNOWN)], |it| {
        it.query("begin");
        it.query("do $$ begin raise warning 'beware'; end $$");
        it.pause();
        it.query("commit");
    }),
    row(
        "a cursor",
        1,
        &[
            Gap("declare c cursor for select * from t", "fetch ? from c", Deeds::SNAPSHOT),
            Gap("fetch ? from c", "close c", Deeds::SNAPSHOT),
        ],
        |it| {
            it.query("begin");
            it.query("declare c cursor for select * from t");
            it.pause();
            it.query("fetch 10 from c");
            it.pause();
            it.query("close c");
            it.query("commit");
        },
    ),
    row(
        "several Syncs in one write",
        2,
        &[Gap("insert into t values (?)", "commit", Deeds::WROTE), Free],
        |it| {
            it.step(|wire| {
                let begin = extended("begin");
                wire.raw(&[&begin[..], &extended("insert into t values (1)")].concat());
                wire.until(b'Z');
                wire.until(b'Z');
            });
            it.pause();
            it.step(|wire| {
                wire.raw(&[extended("commit"), extended("select 1")].concat());
                wire.until(b'Z');
                wire.until(b'Z');
            });
            it.pause();
        },
    ),
    row(
        "an error in a pipeline, of which the server skips the rest",
        1,
        &[Gap("select ? / ?", "rollback", Deeds::FAILED)],
        |it| {
            it.query("begin");
            it.step(|wire| {
                let mut all = extended("select 1 / 0");
                // Both statements before the one Sync.
                all.truncate(all.len() - 5);
                wire.raw(&[all, extended("select 1")].concat());
                wire.until(b'E');
                wire.until(b'Z');
            });
            it.pause();
            it.query("rollback");
        },
    ),
    row("rows that are locked", 1, &[Gap("select * from t for update", "commit", Deeds::LOCKED)], |it| {
        it.query("begin");
        it.query("select * from t for update");
        it.pause();
        it.query("commit");
    }),
    row("a statement that waits for a lock is busy", 2, &[Gap("begin", "lock table t", NOTHING)], |it| {
        let mut other = it.another();
        other.query("begin; lock table t");
        let waits = Duration::from_millis(60);
        it.query("begin");
        it.pause();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(waits);
                other.query("commit");
            });
            it.query("lock table t");
        });
        it.query("commit");
    }),
    row(
        "a transaction that is prepared and committed later",
        2,
        &[Gap("insert into t values (?)", "prepare transaction ?", Deeds::WROTE), Free],
        |it| {
            it.query("begin");
            it.query("insert into t values (1)");
            it.pause();
            it.query("prepare transaction 'later'");
            it.pause();
            it.query("commit prepared 'later'");
        },
    ),
    row(
        "a setting of the transaction",
        1,
        &[Gap("set local work_mem = ?", "select ?", Deeds::SESSION)],
        |it| {
            it.query("begin");
            it.query("set local work_mem = '1MB'");
            it.pause();
            it.query("select 1");
            it.query("commit");
        },
    ),
    row("a portal that stops and goes on", 1, &[Gap("select * from t", "select * from t", NOTHING)], |it| {
        let some = |wire: &mut Wire, rows: i32| {
            wire.send(b'E', &[b"p\0", &rows.to_be_bytes()[..]].concat());
            wire.send(b'S', b"");
        };
        it.query("begin");
        it.step(|wire| {
            wire.parse("", "select * from t");
            wire.send(b'B', b"p\0\0\0\0\0\0\0\0");
            some(wire, 3);
            wire.until(b's');
            wire.until(b'Z');
        });
        it.pause();
        it.step(|wire| {
            some(wire, 0);
            wire.until(b'C');
            wire.until(b'Z');
        });
        it.query("commit");
    }),
    row(
        "a client that ends its own words within a transaction",
        1,
        &[Gap("begin", "select ?", NOTHING)],
        |it| {
            it.query("begin");
            it.pause();
            it.step(|wire| {
                wire.send(b'Q', b"select 1\0");
                wire.stream.shutdown(std::net::Shutdown::Write).unwrap();
                wire.until(b'Z');
            });
        },
    ),
    row(
        "a client that says good-bye within a transaction",
        1,
        &[Gap("begin", "Disconnected", NOTHING)],
        |it| {
            it.query("begin");
            it.pause();
        },
    ),
    row(
        "a snapshot of the whole transaction",
        1,
        &[Gap("start transaction isolation level serializable", "end", Deeds::SNAPSHOT)],
        |it| {
            it.query("start transaction isolation level serializable");
            it.pause();
            it.query("end");
        },
    ),
    row(
        "a prepared statement that is used again",
        3,
        &[Gap("select a from t where a = ?", "commit", NOTHING)],
        |it| {
            it.step(|wire| {
                wire.parse("s", "select a from t where a = 1");
                wire.send(b'D', b"Ss\0");
                wire.sync();
            });
            it.query("begin");
            it.step(|wire| {
                wire.bind_and_execute("s");
                wire.sync();
            });
            it.pause();
            it.query("commit");
            it.step(|wire| {
                wire.send(b'C', b"Ss\0");
                wire.sync();
            });
        },
    ),
    row("an empty statement", 1, &[Gap("", "commit", NOTHING)], |it| {
        it.query("begin");
        it.query("");
        it.pause();
        it.query("commit");
    }),
    row(
        "a statement that takes too long for its server",
        2,
        &[Gap("select pg_sleep(?)", "rollback", Deeds::FAILED)],
        |it| {
            it.query("set statement_timeout = '20ms'");
            it.query("begin");
            it.fails("select pg_sleep(10)");
            it.pause();
            it.query("rollback");
        },
    ),
    row("a large answer", 1, &[Gap("select repeat(?)", "commit", NOTHING)], |it| {
        it.query("begin");
        it.query("select repeat('x', 5000000)");
        it.pause();
        it.query("commit");
    }),
];

/// A statement of the extended protocol with its own Sync.
fn extended(sql: &str) -> Vec<u8> {
    let message = |tag: u8, body: &[u8]| [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat();
    [
        message(b'P', &[b"\0", sql.as_bytes(), b"\0\0\0"].concat()),
        message(b'B', &[0; 8]),
        message(b'E', &[0; 5]),
        message(b'S', b""),
    ]
    .concat()
}
