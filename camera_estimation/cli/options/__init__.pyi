from .camera import camera_options as camera_options
from .execution import EXECUTION_SETTINGS as EXECUTION_SETTINGS, execution_options as execution_options
from .exports import export_option as export_option
from .inputs import (
    evidence_options as evidence_options,
    frame_options as frame_options,
    ground_truth_option as ground_truth_option,
    input_file_options as input_file_options,
    sample_options as sample_options,
)
from .objective import objective_options as objective_options
from .output import (
    overwrite_option as overwrite_option,
    picture_options as picture_options,
    verbosity_options as verbosity_options,
    version_option as version_option,
)
from .output_folder import OutputFolder as OutputFolder
from .path_types import SYNC_AFTERWARDS as SYNC_AFTERWARDS, LocalPath as LocalPath
from .plugin_name import PluginName as PluginName
from .search import search_options as search_options, threads_option as threads_option
from .sections import (
    evidence_option as evidence_option,
    information_option as information_option,
    input_option as input_option,
    output_option as output_option,
    search_option as search_option,
)
from .sequence import sequence_options as sequence_options
from .values import (
    FOLDER_OR_FILE as FOLDER_OR_FILE,
    LOCAL_PATH as LOCAL_PATH,
    choice_of as choice_of,
    require_finite as require_finite,
)
