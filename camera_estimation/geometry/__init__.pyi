from .axes import axis_vector as axis_vector
from .camera import (
    OPENGL_FROM_OPENCV as OPENGL_FROM_OPENCV,
    Z_UP_FROM_Y_UP as Z_UP_FROM_Y_UP,
    Camera as Camera,
    Orbit as Orbit,
    concatenate as concatenate,
    cross_product_matrix as cross_product_matrix,
    intrinsics_from_fov as intrinsics_from_fov,
    look_at_rotation as look_at_rotation,
    make_camera as make_camera,
    orbit_of as orbit_of,
    orbit_poses as orbit_poses,
    retract as retract,
    rotation_between as rotation_between,
    rotmat_geodesic_distance as rotmat_geodesic_distance,
    rotvec_to_rotmat as rotvec_to_rotmat,
    special_procrustes as special_procrustes,
)
