from .configuration import Configuration as Configuration, LossConfig as LossConfig, load_preset as load_preset
from .errors import InputError as InputError
from .estimation import (
    CameraEstimate as CameraEstimate,
    CameraEstimator as CameraEstimator,
    estimate_camera as estimate_camera,
)
from .geometry import Camera as Camera
from .images import (
    Evidence as Evidence,
    load_depth as load_depth,
    load_keypoints as load_keypoints,
    load_source_image as load_source_image,
    load_unmasked_image as load_unmasked_image,
)
from .losses import (
    Keypoint2DLoss as Keypoint2DLoss,
    Keypoint3DLoss as Keypoint3DLoss,
    LossObjective as LossObjective,
    create_loss_objective as create_loss_objective,
    register_loss as register_loss,
)
from .mesh import load_mesh as load_mesh
from .rendering import Renderer as Renderer
from .segmentation import load_category_masks as load_category_masks

__version__: str
