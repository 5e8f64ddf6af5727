from .contour import (
    Agreement as Agreement,
    ContourTracker as ContourTracker,
    TrackedFrame as TrackedFrame,
)
from .located import (
    JOINT as JOINT,
    RANDOM as RANDOM,
    SCENE as SCENE,
    SEARCH as SEARCH,
    LocatedEstimate as LocatedEstimate,
    estimate_near as estimate_near,
    estimate_onward as estimate_onward,
)
from .matched import follow_matches as follow_matches
from .smoothing import Trajectory as Trajectory, smooth_trajectory as smooth_trajectory
from .tracker import SequenceTracker as SequenceTracker
from .video_tracker import FollowedFrame as FollowedFrame, VideoTracker as VideoTracker
