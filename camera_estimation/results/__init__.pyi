from ._pose_spans import POSES_FORMAT as POSES_FORMAT, POSES_VERSION as POSES_VERSION
from .camera_file import CAMERA_NAME as CAMERA_NAME, read_settings as read_settings
from .conventions import CONVENTIONS as CONVENTIONS
from .entries import (
    entry_with_pose as entry_with_pose,
    failure_entry as failure_entry,
    pose_entry as pose_entry,
)
from .entry_paths import entry_from_file as entry_from_file, entry_in_file as entry_in_file
from .file_pose import FilePose as FilePose
from .initial_poses import InitialPoses as InitialPoses, load_initial_poses as load_initial_poses
from .joint_file import JointFile as JointFile, joint_group as joint_group
from .plain_values import (
    camera_of as camera_of,
    check_in_front as check_in_front,
    is_rotation as is_rotation,
    lens_of as lens_of,
    parse_camera as parse_camera,
    rigid_matrix as rigid_matrix,
)
from .pose_file import (
    POSES_NAME as POSES_NAME,
    SMOOTHED_NAME as SMOOTHED_NAME,
    PoseFile as PoseFile,
    holds_run as holds_run,
    poses_path as poses_path,
    read_entries as read_entries,
    read_poses as read_poses,
)
from .pose_index import PoseIndex as PoseIndex
from .pose_journal import (
    FAILURES_NAME as FAILURES_NAME,
    JOURNAL_NAME as JOURNAL_NAME,
    PoseJournal as PoseJournal,
)
from .pose_reader import (
    PoseReader as PoseReader,
    pose_reader_registry as pose_reader_registry,
    read_file_poses as read_file_poses,
)
from .posed_images import (
    image_of_entry as image_of_entry,
    images_of_entries as images_of_entries,
    read_posed_images as read_posed_images,
    read_run_context as read_run_context,
)
from .run_entries import RunEntries as RunEntries
from .run_places import (
    EXPORT_FOLDER as EXPORT_FOLDER,
    REPORT_NAME as REPORT_NAME,
    SHARD_NAME as SHARD_NAME,
    sample_folder as sample_folder,
)
from .run_record import RUN_NAME as RUN_NAME, RunRecord as RunRecord, device_name as device_name
from .sample_files import (
    SampleFiles as SampleFiles,
    clear_sample as clear_sample,
    is_complete as is_complete,
    prepare_files as prepare_files,
    write_sample as write_sample,
)
from .sample_maps import MAPS_FOLDER as MAPS_FOLDER, remove_maps as remove_maps
from .sample_pictures import (
    PICTURE_NAMES as PICTURE_NAMES,
    ShownPictures as ShownPictures,
    draw_bent as draw_bent,
    draw_camera as draw_camera,
    has_pictures as has_pictures,
    write_pictures as write_pictures,
)
from .stages_file import CandidateRecord as CandidateRecord, StageRecord as StageRecord, read_stages as read_stages
