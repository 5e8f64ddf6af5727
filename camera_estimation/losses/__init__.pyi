from .appearance import (
    DEFAULT as DEFAULT,
    Comparison as Comparison,
    blurred_inside as blurred_inside,
    compare as compare,
    compared_channels as compared_channels,
    coverage_trust as coverage_trust,
    detail_correlation as detail_correlation,
    ranking_score as ranking_score,
    straight_color as straight_color,
)
from .composition import ComposedObjective as ComposedObjective
from .depth_cost import (
    at_measured_distance as at_measured_distance,
    depth_cost_map as depth_cost_map,
    measured_depth as measured_depth,
)
from .evidence import (
    evidence_cost as evidence_cost,
    evidence_information as evidence_information,
    keypoint_evidence as keypoint_evidence,
    linearized_evidence as linearized_evidence,
)
from .factory import (
    SEMANTIC as SEMANTIC,
    chosen_class as chosen_class,
    chosen_objective as chosen_objective,
    objective_name as objective_name,
    term_names as term_names,
    uses_term as uses_term,
    without_terms as without_terms,
)
from .keypoint_losses import Keypoint2DLoss as Keypoint2DLoss, Keypoint3DLoss as Keypoint3DLoss
from .loss_file import load_loss_file as load_loss_file
from .objective import LossObjective as LossObjective, evaluate as evaluate
from .registry import (
    check_options as check_options,
    create_loss_objective as create_loss_objective,
    loss_class as loss_class,
    loss_classes as loss_classes,
    loss_names as loss_names,
    ready_objective as ready_objective,
    register_loss as register_loss,
)
from .view_objective import ViewObjective as ViewObjective
