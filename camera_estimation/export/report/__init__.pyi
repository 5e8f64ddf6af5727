from .collector import ReportCollector as ReportCollector
from .foremost import (
    MOST_SAMPLES as MOST_SAMPLES,
    foremost_entries as foremost_entries,
    shortening_line as shortening_line,
)
from .page import write_run_page as write_run_page
