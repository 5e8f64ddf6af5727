from ._uncertainty import Uncertainty as Uncertainty, uncertainty as uncertainty
from .adaptation import adapt as adapt, deform as deform
from .assessment import Assessment as Assessment, assess as assess
from .confidence import (
    CONFIDENCE_FEATURES as CONFIDENCE_FEATURES,
    CONFIDENCE_FILE as CONFIDENCE_FILE,
    RIGHT_PROJECTION as RIGHT_PROJECTION,
    RIGHT_ROTATION_DEG as RIGHT_ROTATION_DEG,
    ConfidenceModel as ConfidenceModel,
    confidence_of as confidence_of,
    features_of as features_of,
    load_confidence_model as load_confidence_model,
)
from .diagnosis import Diagnosis as Diagnosis, PictureAgreement as PictureAgreement
from .doubts import doubts_of as doubts_of
from .estimator import CameraEstimator as CameraEstimator, estimate_camera as estimate_camera
from .hypotheses import PoseHypotheses as PoseHypotheses
from .initialization import Initialization as Initialization
from .joint import (
    JointEstimate as JointEstimate,
    JointEstimator as JointEstimator,
    JointSolution as JointSolution,
    SolvedImages as SolvedImages,
    estimate_jointly as estimate_jointly,
    spread as spread,
)
from .keypoint_agreement import KeypointAgreement as KeypointAgreement
from .lens_estimate import estimate_in_window as estimate_in_window, estimate_of_source as estimate_of_source
from .mask_hint import settle_boundary as settle_boundary
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
from .verdict import (
    DOUBTFUL as DOUBTFUL,
    GOOD as GOOD,
    GOOD_FROM as GOOD_FROM,
    WRONG as WRONG,
    WRONG_BELOW as WRONG_BELOW,
    Verdict as Verdict,
    verdict_line as verdict_line,
    verdict_of as verdict_of,
)
