from . import demo as demo
from .demo import EXAMPLE_FOLDER as EXAMPLE_FOLDER, SAMPLE as SAMPLE
from .outcome import LONGEST as LONGEST, RunSummary as RunSummary, internal_error as internal_error
from .progress import Progress as Progress
from .resume import earlier_entries as earlier_entries, is_finished as is_finished, settings_differ as settings_differ
from .sample_request import SampleRequest as SampleRequest
from .selection import input_remarks as input_remarks
from .settings import (
    build_configuration as build_configuration,
    check_runnable as check_runnable,
    loss_options as loss_options,
    objective_remark as objective_remark,
)
