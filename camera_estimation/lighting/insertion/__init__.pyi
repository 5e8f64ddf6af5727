from .beside_place import MOST_CLUTTER as MOST_CLUTTER, measure_clutter as measure_clutter
from .insertion import Insertion as Insertion, insert_object as insert_object
from .placement import (
    GROUND as GROUND,
    OBJECT as OBJECT,
    Ground as Ground,
    Placement as Placement,
    axes_of as axes_of,
    extent as extent,
    foot_point as foot_point,
    heading_turn as heading_turn,
    placement_from_dict as placement_from_dict,
)
from .standing_place import PlacementRequest as PlacementRequest, place_object as place_object
from .up_axis import UpDirection as UpDirection, find_up as find_up, parse_axis as parse_axis
