from .comparison_work import adopt_compared as adopt_compared, compare_objectives as compare_objectives
from .estimation_work import (
    choose_alternative as choose_alternative,
    estimate_subject as estimate_subject,
    refine_subject as refine_subject,
)
from .estimators import EstimatorCache as EstimatorCache
from .event_hub import EventHub as EventHub
from .export_work import export_results as export_results
from .insertion_work import (
    InsertionWish as InsertionWish,
    insert_into_frames as insert_into_frames,
    insert_into_subject as insert_into_subject,
    propose_place as propose_place,
)
from .job import Job as Job, JobStopped as JobStopped
from .job_runner import BusyError as BusyError, JobRunner as JobRunner
from .mask_work import propose_mask as propose_mask
from .pins import follow_pins as follow_pins, save_pins as save_pins
from .region_work import (
    evidence_levels as evidence_levels,
    find_regions as find_regions,
    region_levels as region_levels,
    region_rows as region_rows,
)
from .tracking_work import track_onward as track_onward
from .workplace import Workplace as Workplace
