from .evaluated_mesh import (
    EvaluatedMesh as EvaluatedMesh,
    load_evaluated_mesh as load_evaluated_mesh,
    mesh_path_of as mesh_path_of,
)
from .metrics import (
    add as add,
    add_s as add_s,
    mspd as mspd,
    mssd as mssd,
    projection_error as projection_error,
    rotation_error as rotation_error,
    translation_error as translation_error,
)
from .sample_errors import (
    SampleErrors as SampleErrors,
    least_rotation_error_deg as least_rotation_error_deg,
    sample_errors_of as sample_errors_of,
)
