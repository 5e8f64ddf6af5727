from ._alignment import Agreement as Agreement
from .contour_tracker import ContourTracker as ContourTracker, TrackedFrame as TrackedFrame
