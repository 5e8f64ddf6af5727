from .contour import (
    Agreement as Agreement,
    ContourTracker as ContourTracker,
    TrackedFrame as TrackedFrame,
)
from .followed_frame import FollowedFrame as FollowedFrame
from .located import (
    JOINT as JOINT,
    RANDOM as RANDOM,
    SCENE as SCENE,
    SEARCH as SEARCH,
    TRACKED as TRACKED,
    LocatedEstimate as LocatedEstimate,
    estimate_near as estimate_near,
    estimate_onward as estimate_onward,
)
from .matched import follow_matches as follow_matches
from .smoothing import Trajectory as Trajectory, smooth_trajectory as smooth_trajectory
from .tracked_estimate import FocalOrigin as FocalOrigin, TrackedEstimate as TrackedEstimate
from .tracker import SequenceTracker as SequenceTracker
from .video_tracker import VideoTracker as VideoTracker
