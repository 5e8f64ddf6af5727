from .report_files import write_reports as write_reports
from .report_text import (
    difference_text as difference_text,
    name_list as name_list,
    number_text as number_text,
    report_lines as report_lines,
    symmetries_text as symmetries_text,
)
