from .command import run_estimate as run_estimate
from .executor import Executor as Executor, executor_registry as executor_registry
from .merge import MergeRequest as MergeRequest, merge_shards as merge_shards
from .plan import EstimatePlan as EstimatePlan, EstimateRequest as EstimateRequest, plan_estimate as plan_estimate
from .shard import Shard as Shard, parse_shard as parse_shard
from .work import (
    EstimateWork as EstimateWork,
    WorkedSample as WorkedSample,
    do_work as do_work,
    work_of as work_of,
)
from .work_queue import WorkPiece as WorkPiece, WorkQueue as WorkQueue
