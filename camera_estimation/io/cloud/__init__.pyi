from .copies import copies_folder as copies_folder
from .object_path import (
    ObjectPath as ObjectPath,
    input_path as input_path,
    is_object as is_object,
    look_up_objects as look_up_objects,
)
from .object_states import require_object as require_object
