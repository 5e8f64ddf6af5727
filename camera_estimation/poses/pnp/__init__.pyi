from .pnp import poses_from_keypoints as poses_from_keypoints
