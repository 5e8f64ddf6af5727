from .ablation_table import ablation_headings as ablation_headings, ablation_rows as ablation_rows
from .rankings import (
    QUALITY_HEADINGS as QUALITY_HEADINGS,
    SPEED_HEADINGS as SPEED_HEADINGS,
    quality_rows as quality_rows,
    speed_rows as speed_rows,
)
from .summary_parts import SUMMARY_NAME as SUMMARY_NAME, summary_text as summary_text
from .summary_tables import (
    CSV_NAME as CSV_NAME,
    WORKBOOK_NAME as WORKBOOK_NAME,
    summary_csv as summary_csv,
    summary_workbook as summary_workbook,
)
from .totals import (
    ADD as ADD,
    ROTATION as ROTATION,
    SOLVED as SOLVED,
    TRANSLATION as TRANSLATION,
    Totals as Totals,
    compute_totals as compute_totals,
    interval_draws as interval_draws,
)
from .wording import (
    UNKNOWN as UNKNOWN,
    angle_text as angle_text,
    count_text as count_text,
    mebibytes_text as mebibytes_text,
    optional_number_text as optional_number_text,
    outcome_text as outcome_text,
    reason_lines as reason_lines,
)
