"""What stands on report.html, which asks for nothing from anywhere. How it stands there is in ``templates``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import camera_estimation
from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.page._charts import (
    LossCurveChart,
    Point,
    Points,
    ScatterChart,
    loss_curve_chart,
    scatter_chart,
)
from camera_estimation.comparison.page._pictures import Strip, sample_strips
from camera_estimation.comparison.page._tables import (
    Table,
    ablation_table,
    agreement_table,
    objectives_table,
    quality_table,
    samples_table,
    speed_table,
)
from camera_estimation.comparison.summary import Totals, count_text, interval_draws, reason_lines

if TYPE_CHECKING:
    from jinja2 import Environment

REPORT_NAME = "report.html"
LEAST_ERROR = 1e-3  # degrees, or of IoU; smaller ones are drawn there, for the axis is logarithmic


@dataclass(frozen=True)
class ReportPage:
    """``sections`` are headings by the names of their templates, in the order of the page."""

    title: str
    version: str
    command_line: str
    remarks: list[str]
    sections: dict[str, str]
    draws: str
    objectives: Table
    by_quality: Table | None
    by_speed: Table | None
    errors_against_time: ScatterChart | None
    agreement: Table
    loss_curves: list[LossCurveChart]
    strips: list[Strip]
    samples: Table
    ablated: str = ""
    ablation: Table | None = None


def report_html(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> str:
    """The whole page; ``totals`` are the totals of the comparison. Pictures are read from the objectives' folders."""
    page = report_page(comparison, totals)
    return templates().get_template("report.html").render(page=page)


@cache
def templates() -> Environment:
    """Every text that they are given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("camera_estimation.comparison.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tenth"] = _tenth
    environment.filters["points"] = _polyline
    return environment


def report_page(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> ReportPage:
    """What ``report_html`` shows."""
    remarks = [*(line for item in totals for line in reason_lines(item)), *comparison.remarks]
    if comparison.run.interrupted:
        remarks.insert(0, "The run was interrupted: what it had finished is shown.")
    sections = {
        "objectives": "Objectives",
        "ranking": "Ranking",
        **({"ablation": "Ablation"} if comparison.terms else {}),
        "time": "Error against time" if comparison.has_truth else "Silhouettes against time",
        "agreement": "Agreement",
        "curves": "Loss curves",
        "pictures": "Pictures",
        "samples": "All samples",
    }
    return ReportPage(
        title=f"{count_text(len(totals), 'objective')} on {count_text(len(comparison.samples), 'sample')}",
        version=camera_estimation.__version__,
        command_line=comparison.command_line,
        remarks=remarks,
        sections=sections,
        draws=interval_draws(totals),
        objectives=objectives_table(comparison, totals),
        by_quality=quality_table(comparison, totals),
        by_speed=speed_table(totals),
        errors_against_time=_errors_against_time(comparison),
        agreement=agreement_table(comparison),
        loss_curves=[_loss_curves(outcomes) for outcomes in comparison.outcomes],
        strips=sample_strips(comparison),
        samples=samples_table(comparison),
        ablated=totals[0].label,
        ablation=ablation_table(comparison, totals) if comparison.terms else None,
    )


def _errors_against_time(comparison: ComparisonOutcomes) -> ScatterChart | None:
    series = [
        Points(
            outcomes[0].objective.label,
            [
                (outcome.decide_seconds, max(error, LEAST_ERROR))
                for outcome in outcomes
                if outcome.decide_seconds and (error := _error_of(outcome, comparison.has_truth)) is not None
            ],
        )
        for outcomes in comparison.outcomes
    ]
    return scatter_chart(series, "rotation error, degrees" if comparison.has_truth else "1 - silhouette IoU")


def _error_of(outcome: Outcome, has_truth: bool) -> float | None:
    if has_truth:
        return outcome.judged.errors.rotation_deg if outcome.judged and outcome.judged.errors else None
    overlap = (outcome.entry or {}).get("silhouette_iou")
    return None if overlap is None else 1 - overlap


def _loss_curves(outcomes: Sequence[Outcome]) -> LossCurveChart:
    curves = [outcome.measurement.curve for outcome in outcomes if outcome.measurement.curve]
    return loss_curve_chart(outcomes[0].objective.label, curves)


def _tenth(coordinate: float) -> str:
    """A tenth of a pixel is as exact as anyone sees."""
    return f"{coordinate:.1f}"


def _polyline(points: Sequence[Point]) -> str:
    return " ".join(f"{_tenth(x)},{_tenth(y)}" for x, y in points)
