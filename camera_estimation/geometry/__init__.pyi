from .axes import axis_vector as axis_vector
from .camera import (
    OPENGL_FROM_OPENCV as OPENGL_FROM_OPENCV,
    PYTORCH3D_FROM_OPENCV as PYTORCH3D_FROM_OPENCV,
    Camera as Camera,
    concatenate as concatenate,
    make_camera as make_camera,
    retract as retract,
)
from .distortion import (
    COEFFICIENT_NAMES as COEFFICIENT_NAMES,
    FISHEYE as FISHEYE,
    OPENCV as OPENCV,
    Distortion as Distortion,
)
from .focal_prior import FocalPrior as FocalPrior
from .intrinsics import intrinsics_from_fov as intrinsics_from_fov
from .lens import Lens as Lens
from .lens_window import (
    LensWindow as LensWindow,
    window_about as window_about,
    window_about_pixels as window_about_pixels,
)
from .orbit import (
    Z_UP_FROM_Y_UP as Z_UP_FROM_Y_UP,
    Orbit as Orbit,
    orbit_of as orbit_of,
    orbit_poses as orbit_poses,
)
from .plain_cameras import (
    camera_values as camera_values,
    finite_or_none as finite_or_none,
    orbit_values as orbit_values,
)
from .rotation import (
    cross_product_matrix as cross_product_matrix,
    look_at_rotation as look_at_rotation,
    roll_rotation as roll_rotation,
    rotation_between as rotation_between,
    rotmat_geodesic_distance as rotmat_geodesic_distance,
    rotvec_to_rotmat as rotvec_to_rotmat,
    special_procrustes as special_procrustes,
)
