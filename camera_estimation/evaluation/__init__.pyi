from . import evaluation_files as evaluation_files, report as report
from .bootstrap import interval as interval
from .failure_causes import (
    TracedSample as TracedSample,
    failure_trace_lines as failure_trace_lines,
    trace_failures as trace_failures,
)
from .ground_truth import GroundTruth as GroundTruth, load_ground_truth as load_ground_truth
from .judgment import MARKS as MARKS, JudgedRun as JudgedRun, JudgedSample as JudgedSample, judge_run as judge_run
from .mesh_cache import MeshCache as MeshCache
from .paired import PairedDifference as PairedDifference, pairwise_difference as pairwise_difference
from .recall_figure import write_recall_figure as write_recall_figure
from .report import difference_text as difference_text, number_text as number_text
from .runs import Run as Run, load_runs as load_runs
from .statistics import Statistic as Statistic, mark_key as mark_key, summary as summary
from .symmetry_file import write_symmetries as write_symmetries
