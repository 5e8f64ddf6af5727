"""report.html: the whole comparison on one page, which asks for nothing from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from textwrap import shorten

import camera_estimation
from camera_estimation.comparison.ablation_table import ablation_headings, ablation_rows
from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.page.charts import Points, loss_curves, scatter
from camera_estimation.comparison.page.elements import Cell, figure, object_window, table
from camera_estimation.comparison.runner import source_path
from camera_estimation.comparison.totals import ADD, ROTATION, SOLVED, TRANSLATION, Totals
from camera_estimation.comparison.words import UNKNOWN, angle, count_text, mebibytes, number, outcome_text, reason_lines
from camera_estimation.evaluation import Statistic, number_text
from camera_estimation.results import sample_folder

NAME = "report.html"
# Says to browsers what is so anyway: nothing but this file is used.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
LEAST_ERROR = 1e-3  # degrees, or of IoU; smaller ones are drawn there, for the axis is logarithmic
LONGEST_REASON = 90  # characters in the place of a picture; the whole is in the table


def report_html(comparison: ComparisonOutcomes, listed: Sequence[Totals]) -> str:
    """The whole page; ``listed`` are the totals of the comparison. Pictures are read from the objectives' folders."""
    here = Path(__file__)
    style = here.with_name("style.css").read_text(encoding="utf-8")
    script = here.with_name("sorting.js").read_text(encoding="utf-8")
    title = f"{count_text(len(listed), 'objective')} on {count_text(len(comparison.samples), 'sample')}"
    sections = [
        ("objectives", "Objectives", _objectives(comparison, listed)),
        *([("ablation", "Ablation", _ablation(comparison, listed))] if comparison.terms else []),
        ("time", "Error against time" if comparison.has_truth else "Silhouettes against time", _scatter(comparison)),
        ("agreement", "Agreement", _agreement(comparison)),
        ("curves", "Loss curves", _curves(comparison)),
        ("pictures", "Pictures", _pictures(comparison)),
        ("samples", "All samples", _samples(comparison)),
    ]
    links = "\n".join(f'<a href="#{key}">{heading}</a>' for key, heading, _ in sections)
    body = "\n".join(f'<section id="{key}"><h2>{heading}</h2>\n{text}\n</section>' for key, heading, text in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
<p class="faint">{_origin(comparison)}</p>
{_remarks(comparison, listed)}<nav>{links}</nav>
{body}
<script>
{script}</script>
</body>
</html>
"""


def _origin(comparison: ComparisonOutcomes) -> str:
    command = f"<code>{escape(comparison.command_line)}</code>"
    return f"camera-estimation {escape(camera_estimation.__version__)} · {command}"


def _remarks(comparison: ComparisonOutcomes, listed: Sequence[Totals]) -> str:
    lines = [*(line for item in listed for line in reason_lines(item)), *comparison.remarks]
    if comparison.run.interrupted:
        lines.insert(0, "The run was interrupted: what it had finished is shown.")
    return "".join(f'<p class="bad">{escape(line)}</p>\n' for line in lines)


def _objectives(comparison: ComparisonOutcomes, listed: Sequence[Totals]) -> str:
    errors = ["within 5° and 5 %", "rotation °", "translation %", "ADD %"] if comparison.has_truth else []
    headings = ["objective ", "samples ", *errors, "IoU", "differs °", "decide s", "total s", "peak MiB", "own MiB"]
    rows = [
        [
            Cell(item.label, item.label),
            Cell(outcome_text(item), item.ok, kind="text" if item.ok == len(comparison.samples) else "text bad"),
            *(_statistic(item.errors.get(key)) for key in ((SOLVED, ROTATION, TRANSLATION, ADD) if errors else ())),
            *map(_statistic, (item.silhouette_iou, item.differs, item.decide, item.total)),
            Cell(mebibytes(item.peak_memory), item.peak_memory),
            Cell(mebibytes(item.memory_growth), item.memory_growth),
        ]
        for item in listed
    ]
    return (
        "<p>Medians over samples, with 95 % intervals (bootstrap). Differs: angle from the rotations of the other "
        "objectives. Decide: the objective's own time a sample; total: with loading and search, which all objectives "
        "share. Peak: memory while it decided; own: what of it came with loading this objective and deciding.</p>"
        + table(headings, rows)
    )


def _ablation(comparison: ComparisonOutcomes, listed: Sequence[Totals]) -> str:
    rows = [[Cell(text) for text in row] for row in ablation_rows(comparison, listed)]
    text = f"Terms of {listed[0].label} that are on (x), and the effect beside the whole objective, sample by sample."
    return f"<p>{escape(text)}</p>" + table(ablation_headings(comparison), rows, sortable=False)


def _scatter(comparison: ComparisonOutcomes) -> str:
    title = "rotation error, degrees" if comparison.has_truth else "1 - silhouette IoU"
    series = [
        Points(
            outcomes[0].objective.label,
            [
                (outcome.decide_seconds, max(error, LEAST_ERROR))
                for outcome in outcomes
                if outcome.decide_seconds and (error := _error(outcome, comparison.has_truth)) is not None
            ],
        )
        for outcomes in comparison.outcomes
    ]
    return "<p>Small marks are samples, large ones medians; left and low is good.</p>" + scatter(series, title)


def _error(outcome: Outcome, has_truth: bool) -> float | None:
    if has_truth:
        return outcome.judged.errors.rotation_deg if outcome.judged and outcome.judged.errors else None
    overlap = (outcome.entry or {}).get("silhouette_iou")
    return None if overlap is None else 1 - overlap


def _agreement(comparison: ComparisonOutcomes) -> str:
    labels = [run.objective.label for run in comparison.run.runs]
    rows = [
        [
            Cell(f"{row + 1} {label}"),
            *(
                Cell(UNKNOWN if row == column else angle(degrees))
                for column, degrees in enumerate(comparison.agreement[row].tolist())
            ),
        ]
        for row, label in enumerate(labels)
    ]
    text = "Median angle in degrees between the rotations that two objectives found; symmetries do not count."
    return f"<p>{text}</p>" + table(["", *(str(index + 1) for index in range(len(labels)))], rows, sortable=False)


def _curves(comparison: ComparisonOutcomes) -> str:
    charts = "\n".join(
        loss_curves(
            outcomes[0].objective.label,
            [outcome.measurement.curve for outcome in outcomes if outcome.measurement.curve],
        )
        for outcomes in comparison.outcomes
    )
    text = (
        "The least loss so far over iterations, as a share of the first: each sample (thin) and the median (thick). Of "
        "an objective that Gauss-Newton minimises, the loss at its last level."
    )
    return f'<p>{text}</p><div class="charts">{charts}</div>'


def _pictures(comparison: ComparisonOutcomes) -> str:
    parts = []
    for index, sample in enumerate(comparison.samples):
        outcomes = [of_objective[index] for of_objective in comparison.outcomes]
        renders = [_render(comparison, outcome) for outcome in outcomes]
        window = object_window([path for path in renders if path is not None])
        source = source_path(comparison.folder, sample)
        shown = [figure(source if source.is_file() else None, window, "<b>source</b>", "no picture", "source image")]
        for outcome, render in zip(outcomes, renders, strict=True):
            reason = (outcome.entry or {}).get("error") or outcome.status
            label = outcome.objective.label
            told = shorten(f"failed: {reason}", LONGEST_REASON, placeholder=" ...")
            shown.append(figure(render, window, _caption(outcome), told, f"render of {label}"))
        parts.append(f'<h3>{escape(sample.name)}</h3>\n<div class="strip">' + "\n".join(shown) + "</div>")
    return "\n".join(parts)


def _render(comparison: ComparisonOutcomes, outcome: Outcome) -> Path | None:
    path = sample_folder(comparison.folder / outcome.objective.folder, outcome.sample.name) / "render.png"
    return path if outcome.status == "ok" and path.is_file() else None


def _caption(outcome: Outcome) -> str:
    text = f"<b>{escape(outcome.objective.label)}</b>"
    if outcome.entry is None or outcome.status != "ok":
        return text
    parts = [f"loss {number(outcome.entry['loss'])}"]
    if outcome.judged and outcome.judged.errors:
        parts.append(f"error {number_text(outcome.judged.errors.rotation_deg)}°")
    return text + ", ".join(parts)


def _samples(comparison: ComparisonOutcomes) -> str:
    errors = ["rotation °", "translation %", "ADD %"] if comparison.has_truth else []
    headings = ["sample ", "objective ", "loss", *errors, "IoU", "differs °", "decide s", "total s", "remark "]
    rows = []
    for outcome in (outcome for outcomes in comparison.outcomes for outcome in outcomes):
        entry, judged = outcome.entry or {}, outcome.judged.errors if outcome.judged else None
        found = (judged.rotation_deg, 100 * judged.translation_share, 100 * judged.add_share) if judged else (None,) * 3
        reason = entry.get("error") or ("" if outcome.status == "ok" else outcome.status)
        values = (entry.get("loss"), *(found if errors else ()), entry.get("silhouette_iou"))
        rows.append(
            [
                Cell(outcome.sample.name, outcome.sample.name),
                Cell(outcome.objective.label, outcome.objective.label, kind="text"),
                *(Cell(number(value), value) for value in values),
                *(Cell(number(v), v) for v in (outcome.differs_deg, outcome.decide_seconds, outcome.total_seconds)),
                Cell(reason, reason or None, kind="reason bad"),
            ]
        )
    return table(headings, rows)


def _statistic(statistic: Statistic | None) -> Cell:
    if statistic is None or statistic.value is None:
        return Cell(UNKNOWN)
    low_high = statistic.bounds
    note = f"[{number_text(low_high[0])}, {number_text(low_high[1])}]" if low_high else ""
    return Cell(number_text(statistic.value), statistic.value, note)
