from .command_text import command_values as command_values
from .insert_command import insertion_command as insertion_command
from .packed_mesh import MOST_FACES as MOST_FACES, mesh_packet as mesh_packet
from .pictures import mask_png as mask_png, picture_bytes as picture_bytes, write_painted_mask as write_painted_mask
from .placement_wish import (
    PlacementWish as PlacementWish,
    check_wish as check_wish,
    flag_number as flag_number,
    parse_placement as parse_placement,
    round_wish as round_wish,
)
from .session import StudioOptions as StudioOptions, StudioSession as StudioSession, open_session as open_session
from .subject import ShownInsertion as ShownInsertion, Subject as Subject
from .uploads import UploadShelf as UploadShelf
