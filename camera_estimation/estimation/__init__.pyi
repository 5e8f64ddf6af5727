from .assembly import assembled as assembled
from .assessment import assessed as assessed
from .coarse_to_fine import Explanation as Explanation, recorded as recorded
from .estimator import CameraEstimator as CameraEstimator, estimate_camera as estimate_camera
from .explained_image import (
    ExplainedImage as ExplainedImage,
    Intrinsics as Intrinsics,
    Start as Start,
    camera_without_pose as camera_without_pose,
)
from .keypoint_agreement import KeypointAgreement as KeypointAgreement, doubts_of as doubts_of
from .result import (
    AMBIGUOUS_ANGLE as AMBIGUOUS_ANGLE,
    CLEAR_EVIDENCE as CLEAR_EVIDENCE,
    AlternativePose as AlternativePose,
    CameraEstimate as CameraEstimate,
)
from .selection import CameraObjective as CameraObjective, decided as decided, followed as followed
