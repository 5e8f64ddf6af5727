from .access import (
    SAFE_METHODS as SAFE_METHODS,
    is_local_host as is_local_host,
    is_loopback as is_loopback,
    is_same_origin as is_same_origin,
    is_same_token as is_same_token,
)
from .answers import HEADERS as HEADERS, refuse as refuse, with_headers as with_headers
from .foreign_settings import (
    check_foreign_settings as check_foreign_settings,
    overlay_packaged as overlay_packaged,
)
from .listening import ServerAddress as ServerAddress, bind as bind, link_of as link_of
from .upload_checks import MESH_SUFFIXES as MESH_SUFFIXES, check_mesh as check_mesh, check_picture as check_picture
from .upload_limits import (
    MOST_ELEMENTS as MOST_ELEMENTS,
    MOST_MESH_BYTES as MOST_MESH_BYTES,
    MOST_PICTURE_BYTES as MOST_PICTURE_BYTES,
    MOST_PIXELS as MOST_PIXELS,
)
from .upload_names import TooLargeError as TooLargeError, safe_name as safe_name
