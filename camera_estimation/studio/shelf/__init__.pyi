from .command_text import command_values as command_values
from .limits import (
    MOST_MESH_BYTES as MOST_MESH_BYTES,
    MOST_PICTURE_BYTES as MOST_PICTURE_BYTES,
    MOST_PIXELS as MOST_PIXELS,
)
from .packed_mesh import MOST_FACES as MOST_FACES, mesh_packet as mesh_packet
from .pictures import mask_png as mask_png, picture_bytes as picture_bytes, write_painted_mask as write_painted_mask
from .session import StudioOptions as StudioOptions, StudioSession as StudioSession, open_session as open_session
from .subject import Subject as Subject
from .uploads import TooLargeError as TooLargeError, UploadShelf as UploadShelf
