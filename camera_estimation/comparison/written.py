"""The files of a comparison beside the folders of its objectives."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.comparison.outcomes import ComparisonOutcomes
from camera_estimation.comparison.page.report import NAME as REPORT_NAME, report_html
from camera_estimation.comparison.summary_tables import CSV_NAME, WORKBOOK_NAME, summary_csv, workbook
from camera_estimation.comparison.summary_text import NAME as SUMMARY_NAME, summary_text
from camera_estimation.comparison.totals import totals
from camera_estimation.io import write_bytes, write_text

SCRIPT_NAME = "compare_results.py"


def write_comparison(comparison: ComparisonOutcomes) -> str:
    """Writes all of them; gives the text of the summary. Raises InputError where one cannot be written."""
    listed = totals(comparison)
    summary = summary_text(comparison, listed)
    write_bytes(comparison.folder / SCRIPT_NAME, Path(__file__).with_name(SCRIPT_NAME).read_bytes())
    write_text(comparison.folder / SUMMARY_NAME, summary)
    write_text(comparison.folder / CSV_NAME, summary_csv(comparison))
    write_bytes(comparison.folder / WORKBOOK_NAME, workbook(comparison, listed))
    write_text(comparison.folder / REPORT_NAME, report_html(comparison, listed))
    return summary
