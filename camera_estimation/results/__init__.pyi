from .entries import (
    CONVENTIONS as CONVENTIONS,
    camera_of as camera_of,
    entry_with_pose as entry_with_pose,
    failure_entry as failure_entry,
    pose_entry as pose_entry,
)
from .initial_poses import InitialPoses as InitialPoses, load_initial_poses as load_initial_poses
from .pose_file import (
    FORMAT as FORMAT,
    JSON_NAME as JSON_NAME,
    SMOOTHED_NAME as SMOOTHED_NAME,
    VERSION as VERSION,
    PoseFile as PoseFile,
    read_poses as read_poses,
)
from .reading import (
    camera_in as camera_in,
    is_rotation as is_rotation,
    read_entries as read_entries,
    read_json as read_json,
)
from .run_record import RunRecord as RunRecord, device_name as device_name
from .sample_files import (
    clear as clear,
    is_complete as is_complete,
    read_settings as read_settings,
    sample_folder as sample_folder,
    write_sample as write_sample,
)
