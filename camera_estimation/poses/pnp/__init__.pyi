from .keypoint_poses import FEWEST_POINTS as FEWEST_POINTS, poses_from_keypoints as poses_from_keypoints
from .pin_poses import nearest_pose as nearest_pose
