from .deformation import (
    DeformedPoses as DeformedPoses,
    pose_change_by_bends as pose_change_by_bends,
    prior_cost as prior_cost,
    refine_deformed as refine_deformed,
)
from .focal_length import OBSERVATIONS as OBSERVATIONS, FreeFocal as FreeFocal, is_at_bound as is_at_bound
from .gauss_newton import Refinement as Refinement, look_points as look_points, refine as refine
from .gradient_descent import descend as descend
from .joint import refine_jointly as refine_jointly
from .joint_views import JointPoses as JointPoses, JointView as JointView
from .levenberg_marquardt import (
    COARSELY as COARSELY,
    TO_THE_END as TO_THE_END,
    OnIteration as OnIteration,
    Patience as Patience,
)
from .roll import keep_upright as keep_upright
from .smooth_deformations import SmoothDeformations as SmoothDeformations
