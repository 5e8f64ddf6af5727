from ._alignment import Agreement as Agreement
from ._outline import SeenSilhouette as SeenSilhouette
from ._tracked_frame import TrackedFrame as TrackedFrame
from .contour_tracker import ContourTracker as ContourTracker
