"""The service as it became: router → service → repository, and only the repository has sessions."""

from fastapi import FastAPI

from common import CREATE, INSERT, UPDATE, Session, enqueue, other_work


class JobRepository:
    """All SQL. Each method has its own short transaction, and none calls another."""

    async def create_job(self, name: str) -> int:
        async with Session.begin() as session:
            return (await session.execute(INSERT, {"name": name, "seconds": CREATE})).scalar_one()

    async def update_job_state(self, job: int, state: str, error: str) -> bool:
        async with Session.begin() as session:
            done = await session.execute(UPDATE, {"id": job, "state": state, "error": error})
            return done.rowcount == 1


class JobService:
    """What a submission is. It has no session."""

    def __init__(self, repository: JobRepository) -> None:
        self.repository = repository

    async def submit_job(self, name: str) -> int:
        job = await self.repository.create_job(name)
        try:
            await enqueue(job)
        except Exception as error:
            await self.repository.update_job_state(job, "FAILED", str(error))
            raise
        await other_work()
        return job


service = JobService(JobRepository())
app = FastAPI()


@app.post("/submit")
async def submit(name: str):
    return {"id": await service.submit_job(name)}
