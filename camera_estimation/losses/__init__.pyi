from ._channels import comparison_channels as comparison_channels, straight_color as straight_color
from ._gaussian import blur_inside as blur_inside
from ._lighting import settle_lighting as settle_lighting
from .appearance import (
    DEFAULT_APPEARANCE as DEFAULT_APPEARANCE,
    AppearanceResiduals as AppearanceResiduals,
    compare as compare,
    coverage_trust as coverage_trust,
    ranking_score as ranking_score,
)
from .call_form import evaluate as evaluate
from .composition import ComposedObjective as ComposedObjective
from .contour_evidence import Boundary as Boundary, BoundaryFinder as BoundaryFinder
from .contours import contour_correlation as contour_correlation, edge_directions as edge_directions
from .creation import create_loss_objective as create_loss_objective, prepare_objective as prepare_objective
from .depth_cost import (
    align_depth as align_depth,
    depth_cost_map as depth_cost_map,
    match_median_depth as match_median_depth,
)
from .details import (
    color_correlation as color_correlation,
    detail_contrast as detail_contrast,
    detail_correlation as detail_correlation,
)
from .evidence import (
    evidence_cost as evidence_cost,
    evidence_information as evidence_information,
    keypoint_evidence as keypoint_evidence,
    linearize_evidence as linearize_evidence,
)
from .factory import (
    create_objective as create_objective,
    find_objective_class as find_objective_class,
    objective_name as objective_name,
    term_names as term_names,
    uses_term as uses_term,
    without_terms as without_terms,
)
from .keypoint_losses import Keypoint2DLoss as Keypoint2DLoss, Keypoint3DLoss as Keypoint3DLoss
from .loss_file import load_loss_file as load_loss_file
from .normals import screen_normals as screen_normals, spherical_harmonics as spherical_harmonics
from .objective import LossObjective as LossObjective
from .objective_options import check_options as check_options, option_defaults as option_defaults
from .pose_scorer import PoseLook as PoseLook, PoseScorer as PoseScorer
from .region_evidence import (
    RegionFinder as RegionFinder,
    RegionLook as RegionLook,
    own_color_share as own_color_share,
)
from .registry import (
    loss_class as loss_class,
    loss_classes as loss_classes,
    loss_names as loss_names,
    loss_registry as loss_registry,
    register_loss as register_loss,
    register_term as register_term,
    term_registry as term_registry,
)
from .semantic_table import SEMANTIC_TERM as SEMANTIC_TERM
from .typed_objective import ImagePair as ImagePair, TypedObjective as TypedObjective, ViewContext as ViewContext
from .view_objective import ViewObjective as ViewObjective
