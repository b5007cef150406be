"""Serves `before` or `after`, and offers requests to it at given instants, whatever became of the earlier ones."""

import asyncio
import importlib
import os
import random
import sys
import tempfile

import httpx
import uvicorn
from sqlalchemy import text

import common

RATE = float(os.environ.get("RATE", "8"))
SECONDS = float(os.environ.get("SECONDS", "15"))


async def one(client: httpx.AsyncClient, due: float, number: int) -> bool:
    await asyncio.sleep(due)
    answer = await client.post("/submit", params={"name": f"job {number}"})
    return answer.status_code == 200


async def main(which: str) -> None:
    async with common.engine.begin() as connection:
        await connection.execute(text(common.TABLE))
    socket = os.path.join(tempfile.mkdtemp(), "http")
    app = importlib.import_module(which).app
    server = uvicorn.Server(uvicorn.Config(app, uds=socket, log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    random.seed(1)
    due, dues = 0.0, []
    while (due := due + random.expovariate(RATE)) < SECONDS:
        dues.append(due)
    transport = httpx.AsyncHTTPTransport(uds=socket, limits=httpx.Limits(max_connections=None))
    async with httpx.AsyncClient(transport=transport, base_url="http://service", timeout=60) as client:
        served = await asyncio.gather(*[one(client, due, number) for number, due in enumerate(dues)])
    server.should_exit = True
    await serving
    await common.engine.dispose()
    print(f"{which}: {sum(served)} of {len(dues)} requests served at {RATE}/s", flush=True)
    print(f"{which}: by its own clock {sum(common.SPENT):.3f} s outside the database", flush=True)


asyncio.run(main(sys.argv[1]))
