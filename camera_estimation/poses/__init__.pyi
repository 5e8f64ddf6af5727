from .candidates import (
    Candidates as Candidates,
    find_beside as find_beside,
    find_better_neighbors as find_better_neighbors,
    non_maximum_suppression as non_maximum_suppression,
)
from .trace import Iteration as Iteration, Progress as Progress, Stage as Stage, Trace as Trace
