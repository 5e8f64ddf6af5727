from .conversion import merge_settings as merge_settings
from .device import check_device_name as check_device_name, resolve_device as resolve_device
from .limits import LimitsConfig as LimitsConfig
from .presets import (
    choose_objective as choose_objective,
    load_preset as load_preset,
    overlay_preset as overlay_preset,
    preset_names as preset_names,
    tomllib as tomllib,
)
from .refinement_settings import (
    DeformationConfig as DeformationConfig,
    JointConfig as JointConfig,
    LevelConfig as LevelConfig,
    RefinementConfig as RefinementConfig,
    TrackingConfig as TrackingConfig,
)
from .schema import (
    DEFAULT_LOSS as DEFAULT_LOSS,
    DEPTH_KINDS as DEPTH_KINDS,
    AppearanceConfig as AppearanceConfig,
    CameraConfig as CameraConfig,
    Configuration as Configuration,
    EvidenceConfig as EvidenceConfig,
    ExecutionConfig as ExecutionConfig,
    LightConfig as LightConfig,
    LossConfig as LossConfig,
    ModelConfig as ModelConfig,
)
from .search_settings import (
    EvolutionConfig as EvolutionConfig,
    OrbitConfig as OrbitConfig,
    SearchConfig as SearchConfig,
    SwarmConfig as SwarmConfig,
)
from .setting_types import (
    JointFocal as JointFocal,
    Lighting as Lighting,
    MaskUse as MaskUse,
    MeshQuality as MeshQuality,
    Occlusion as Occlusion,
    OptimizeFov as OptimizeFov,
    Pictures as Pictures,
    RayInputs as RayInputs,
    Roll as Roll,
    TrackingMethod as TrackingMethod,
)
