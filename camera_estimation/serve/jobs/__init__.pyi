from .finished_jobs import FinishedJobs as FinishedJobs
from .job import (
    CANCELED as CANCELED,
    DONE as DONE,
    ENDED as ENDED,
    FAILED as FAILED,
    RUNNING as RUNNING,
    WAITING as WAITING,
    ServeJob as ServeJob,
)
from .job_queue import JobQueue as JobQueue
from .worker_process import EstimatingProcess as EstimatingProcess, WorkerDiedError as WorkerDiedError
