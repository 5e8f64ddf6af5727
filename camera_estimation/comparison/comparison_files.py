"""The files of a comparison beside the folders of its objectives."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.comparison.outcomes import ComparisonOutcomes
from camera_estimation.comparison.page import REPORT_NAME, report_html
from camera_estimation.comparison.summary import (
    CSV_NAME,
    SUMMARY_NAME,
    WORKBOOK_NAME,
    compute_totals,
    summary_csv,
    summary_text,
    summary_workbook,
)
from camera_estimation.io import write_bytes, write_text

SCRIPT_NAME = "compare_results.py"


def write_comparison(comparison: ComparisonOutcomes) -> str:
    """Write all files of a comparison beside the folders of its objectives.

    Returns:
        The text of the summary.

    Raises:
        InputError: One of them cannot be written.
    """
    totals = compute_totals(comparison)
    summary = summary_text(comparison, totals)
    write_bytes(comparison.folder / SCRIPT_NAME, Path(__file__).with_name(SCRIPT_NAME).read_bytes())
    write_text(comparison.folder / SUMMARY_NAME, summary)
    write_text(comparison.folder / CSV_NAME, summary_csv(comparison))
    write_bytes(comparison.folder / WORKBOOK_NAME, summary_workbook(comparison, totals))
    write_text(comparison.folder / REPORT_NAME, report_html(comparison, totals))
    return summary
