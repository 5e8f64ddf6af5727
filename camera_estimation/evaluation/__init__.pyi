from .failures import TracedSample as TracedSample
from .ground_truth import GroundTruth as GroundTruth, load_ground_truth as load_ground_truth
from .judgment import MARKS as MARKS, JudgedRun as JudgedRun, JudgedSample as JudgedSample, judge_run as judge_run
from .mesh_cache import MeshCache as MeshCache
from .pose_errors import (
    EvaluatedMesh as EvaluatedMesh,
    SampleErrors as SampleErrors,
    add as add,
    add_s as add_s,
    load_evaluated_mesh as load_evaluated_mesh,
    mspd as mspd,
    mssd as mssd,
    projection_error as projection_error,
    rotation_error as rotation_error,
    sample_errors_of as sample_errors_of,
    translation_error as translation_error,
)
from .reports import (
    difference_text as difference_text,
    name_list as name_list,
    number_text as number_text,
    report_lines as report_lines,
    symmetries_text as symmetries_text,
    write_reports as write_reports,
)
from .run_evaluation import Evaluation as Evaluation, evaluate_runs as evaluate_runs
from .runs import Run as Run, load_runs as load_runs
from .statistics import (
    PairedDifference as PairedDifference,
    Statistic as Statistic,
    describe_draws as describe_draws,
    interval as interval,
    mark_key as mark_key,
    pairwise_difference as pairwise_difference,
    summarize as summarize,
)
from .symmetries import (
    Axis as Axis,
    Symmetries as Symmetries,
    find_symmetries as find_symmetries,
    write_symmetries as write_symmetries,
)
