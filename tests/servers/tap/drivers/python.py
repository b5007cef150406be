"""What the drivers of Python see of a server, line by line."""

import asyncio
import io
import os
import threading

import asyncpg
import psycopg
import psycopg2
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

URL = os.environ["DATABASE_URL"]


def say(*words):
    print(*(repr(word) for word in words), flush=True)


def failing(what, act):
    try:
        say(what, act())
    except Exception as fault:
        code = getattr(fault, "sqlstate", None) or getattr(fault, "pgcode", None)
        say(what, type(fault).__name__, code, str(fault).split("\n")[0])


def two():
    connection = psycopg2.connect(URL)
    cursor = connection.cursor()
    cursor.execute("create temp table t (a int, b text)")
    cursor.executemany("insert into t values (%s, %s)", [(n, f"it's {n}") for n in range(20)])
    connection.commit()
    failing("psycopg2 divided", lambda: cursor.execute("select 1 / 0"))
    failing("psycopg2 aborted", lambda: cursor.execute("select 1"))
    connection.rollback()
    with connection.cursor("named") as named:
        named.itersize = 6
        named.execute("select a from t order by a")
        say("psycopg2 by sixes", sum(row[0] for row in named))
    connection.commit()
    cursor.copy_from(io.StringIO("1\tone\n2\ttwo\n"), "t")
    out = io.StringIO()
    cursor.copy_to(out, "t")
    say("psycopg2 copied", len(out.getvalue()))
    connection.rollback()
    threading.Timer(0.3, connection.cancel).start()
    failing("psycopg2 cancelled", lambda: cursor.execute("select pg_sleep(20)"))
    connection.close()


def three():
    with psycopg.connect(URL, prepare_threshold=2) as connection:
        connection.execute("create temp table t (a int, b text)")
        for n in range(5):
            connection.execute("insert into t values (%s, %s)", (n, "x"))
        connection.commit()
        with connection.pipeline() as pipeline:
            asked = [connection.execute("select %s::int", (n,)) for n in range(50)]
            pipeline.sync()
            say("psycopg pipeline", sum(one.fetchone()[0] for one in asked))
        connection.commit()

        def broken():
            with connection.pipeline():
                connection.execute("select 1")
                connection.execute("select 1 / 0")
                connection.execute("select 2")

        failing("psycopg broken pipeline", broken)
        connection.rollback()
        with connection.cursor().copy("copy t from stdin") as copy:
            for n in range(1000):
                copy.write_row((n, "y"))
        with connection.cursor().copy("copy t to stdout") as copy:
            say("psycopg copied", sum(len(part) for part in copy))

        def nested():
            with connection.transaction():
                connection.execute("select 1 / 0")

        with connection.transaction():
            failing("psycopg nested", nested)
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute("listen c")
        connection.execute("notify c, 'hello'")
        say("psycopg heard", next(connection.notifies(timeout=5, stop_after=1)).payload)


async def others():
    pool = await asyncpg.create_pool(URL, min_size=2, max_size=4)

    async def ask(n):
        async with pool.acquire() as connection, connection.transaction():
            return await connection.fetchval("select $1::int from pg_sleep(0.002)", n)

    say("asyncpg pool", sum(await asyncio.gather(*(ask(n) for n in range(100)))))
    async with pool.acquire() as connection:
        await connection.execute("create temp table t (a int, b text)")
        say("asyncpg copied", await connection.copy_records_to_table("t", records=[(n, "z") for n in range(500)]))
        async with connection.transaction():
            say("asyncpg cursor", sum([row[0] async for row in connection.cursor("select a from t", prefetch=7)]))
        try:
            await connection.fetch("select pg_sleep(20)", timeout=0.3)
        except asyncio.TimeoutError:
            say("asyncpg too slow", await connection.fetchval("select 1"))
    await pool.close()
    engine = create_async_engine(URL.replace("postgres://", "postgresql+asyncpg://"), pool_size=3)
    async with engine.begin() as connection:
        rows = await connection.execute(sqlalchemy.text("select :a || 'x'"), {"a": "it's"})
        say("SQLAlchemy", rows.scalar_one())
    await engine.dispose()


two()
three()
asyncio.run(others())
failing("refused", lambda: psycopg2.connect(URL.replace(":tester@", ":wrong@")))
