"""What both services share: the table, the engine, the queue, and how long each step takes.

Nominal times are 1 s to create a job, 177 s to enqueue it and 2 s of other work; SCALE makes them shorter.
"""

import asyncio
import os
import time
from contextlib import contextmanager

from redis import Redis
from rq import Queue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

SCALE = float(os.environ.get("SCALE", "0.01"))
CREATE, ENQUEUE, OTHER = 1 * SCALE, 177 * SCALE, 2 * SCALE

TABLE = "create table if not exists jobs (id serial primary key, name text, state text, error text)"
# The server spends the time of the step in the statement itself, as a slow insert would.
INSERT = text(
    "insert into jobs (name, state) select cast(:name as text), 'PENDING' from pg_sleep(:seconds) returning id"
)
UPDATE = text("update jobs set state = :state, error = :error where id = :id")


def url() -> str:
    """The address that poolbench (or anybody) gives, for SQLAlchemy's asyncpg driver."""
    return "postgresql+asyncpg://" + os.environ["DATABASE_URL"].split("://", 1)[1]


engine = create_async_engine(url(), pool_size=20, max_overflow=0, pool_timeout=30)
Session = async_sessionmaker(engine, expire_on_commit=False)


def run_job(job: int) -> None:
    """What a worker would do; no worker runs here."""


SPENT: list[float] = []


@contextmanager
def timed():
    """Keeps how many seconds were spent outside the database, to be held against what poolbench sees from outside."""
    began = time.perf_counter()
    yield
    SPENT.append(time.perf_counter() - began)


async def enqueue(job: int) -> None:
    """Writes to Redis what RQ writes, where there is a Redis, and takes as long as the slow queue took."""
    with timed():
        if socket := os.environ.get("REDIS_SOCKET"):
            queue = Queue("jobs", connection=Redis(unix_socket_path=socket))
            await asyncio.to_thread(queue.enqueue, run_job, job)
        await asyncio.sleep(ENQUEUE)


async def other_work() -> None:
    with timed():
        await asyncio.sleep(OTHER)
