from .estimator import (
    JointEstimator as JointEstimator,
    SolvedImages as SolvedImages,
    estimate_jointly as estimate_jointly,
    spread as spread,
)
from .result import JointEstimate as JointEstimate, JointSolution as JointSolution
