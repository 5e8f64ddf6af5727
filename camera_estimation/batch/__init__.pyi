from .device_memory import (
    fitting_count as fitting_count,
    free_bytes as free_bytes,
    image_bytes as image_bytes,
    is_memory_shortage as is_memory_shortage,
    measured_bytes as measured_bytes,
    memory_advice as memory_advice,
    release_memory as release_memory,
)
from .example import (
    EXAMPLE_FOLDER as EXAMPLE_FOLDER,
    EXAMPLE_INTRINSICS as EXAMPLE_INTRINSICS,
    EXAMPLE_SAMPLE as EXAMPLE_SAMPLE,
    example_rotation_error_deg as example_rotation_error_deg,
)
from .fingerprint import (
    SELF_CONTAINED as SELF_CONTAINED,
    SETTINGS as SETTINGS,
    Fingerprint as Fingerprint,
    InputFingerprints as InputFingerprints,
    without_indifferent as without_indifferent,
)
from .json_lines import (
    BROKEN_PIPE as BROKEN_PIPE,
    LineWriter as LineWriter,
    keep_stdout_for_lines as keep_stdout_for_lines,
)
from .outcome import RunSummary as RunSummary
from .progress import RunProgress as RunProgress
from .resume import (
    has_result as has_result,
    is_finished as is_finished,
    settings_differ as settings_differ,
)
from .runnable import check_runnable as check_runnable, name_settings_files as name_settings_files
from .sample_inputs import SampleInputs as SampleInputs, SampleRequest as SampleRequest, find_inputs as find_inputs
from .stop_signals import StopSignals as StopSignals, hold_signals as hold_signals, ignore_signals as ignore_signals
from .thread_count import ThreadCount as ThreadCount, follow_load as follow_load, watch_load as watch_load
