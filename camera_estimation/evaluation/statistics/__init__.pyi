from .bootstrap import Interval as Interval, describe_draws as describe_draws, interval as interval
from .paired import PairedDifference as PairedDifference, pairwise_difference as pairwise_difference
from .recall import CURVES as CURVES, RecallCurve as RecallCurve, recall_at as recall_at
from .summary import Statistic as Statistic, mark_key as mark_key, summarize as summarize
