from .adaptation import adapt as adapt, deform as deform
from .assessment import Assessment as Assessment, assess as assess
from .doubts import doubts_of as doubts_of
from .estimator import CameraEstimator as CameraEstimator, estimate_camera as estimate_camera
from .hypotheses import PoseHypotheses as PoseHypotheses
from .initialization import Initialization as Initialization
from .keypoint_agreement import KeypointAgreement as KeypointAgreement
from .observation import Intrinsics as Intrinsics, Observation as Observation, observe as observe
from .pipeline import (
    propose as propose,
    refine_at_level as refine_at_level,
    refine_coarse_to_fine as refine_coarse_to_fine,
)
from .prepared_mesh import PreparedMesh as PreparedMesh
from .report import build_estimate as build_estimate
from .result import (
    AMBIGUOUS_ANGLE as AMBIGUOUS_ANGLE,
    CLEAR_EVIDENCE as CLEAR_EVIDENCE,
    AlternativePose as AlternativePose,
    CameraEstimate as CameraEstimate,
)
from .selection import (
    CameraObjective as CameraObjective,
    camera_objective as camera_objective,
    descend_objective as descend_objective,
    select_pose as select_pose,
)
