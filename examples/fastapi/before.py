"""The service as it was: a session for each request, from its start to its response."""

from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from common import CREATE, INSERT, Session, enqueue, other_work

app = FastAPI()


async def get_db():
    async with Session() as session:
        yield session
        await session.commit()


@app.post("/submit")
async def submit(name: str, session: AsyncSession = Depends(get_db)):
    job = (await session.execute(INSERT, {"name": name, "seconds": CREATE})).scalar_one()
    await enqueue(job)
    await other_work()
    return {"id": job}
