"""The page: its data apart from its layout, so that a browser shows it before it has read the pictures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import camera_estimation
from camera_estimation.export.exporter import RunContext
from camera_estimation.export.report._sample_values import sample_values
from camera_estimation.export.report.collector import ReportCollector
from camera_estimation.export.sequences import find_sequences
from camera_estimation.io import write_bytes

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).with_name("assets")
SCRIPTS = (
    *("elements", "charts", "summary", "table", "layers", "viewer", "detail", "model", "frusta", "scene", "keys"),
    "main",
)
NO_MESH = -1  # index of a mesh that the page does not have


def write_run_page(path: Path, run: RunContext, collector: ReportCollector) -> Path:
    """Write the page of a run.

    Args:
        path: Of the page.
        run: All of its samples.
        collector: What was gathered of them.

    Raises:
        InputError: It cannot be written.
    """
    write_bytes(path, run_page(run, collector).encode("utf-8"))
    return path


def run_page(run: RunContext, collector: ReportCollector) -> str:
    """The whole page; arguments are those of ``write_run_page``."""
    for entry in run.entries:
        if entry["status"] != "ok":
            collector.add_failed(entry)
    shown = [collector.pictures.get(entry["name"]) for entry in run.entries]
    template = page_templates().get_template("report.html")
    return template.render(
        title=run.folder.resolve().name or "run",
        data=script_json(page_data(run, collector)),
        pictures=[(index, "\n".join(of.texts)) for index, of in enumerate(shown) if of],
        meshes=[script_json(mesh) for mesh in collector.meshes.values()],
        scripts=SCRIPTS,
        three=_three(),
    )


def page_data(run: RunContext, collector: ReportCollector) -> dict[str, Any]:
    """All but pictures and meshes."""
    indices = {path: index for index, path in enumerate(collector.meshes)}
    samples = []
    for entry in run.entries:
        shown = collector.pictures.get(entry["name"])
        window = {"window": shown.window, "bent": bool(shown.bent)} if shown else {}
        model = indices.get(collector.mesh_of.get(entry["name"], ""), NO_MESH)
        lacking = collector.lacking.get(entry["name"])
        samples.append({**sample_values(entry), **window, "model": model, "lacking": lacking})
    record = run.record
    return {
        "title": run.folder.resolve().name or "run",
        "version": camera_estimation.__version__,
        "command": record.get("command_line"),
        "device": record.get("device_name") or record.get("device"),
        "started": record.get("started"),
        "ended": record.get("ended"),
        "interrupted": bool(record.get("interrupted")),
        "samples": samples,
        "meshes": list(collector.meshes),
        "sequences": [
            {"title": f"{run.entries[group[0]]['name']} to {run.entries[group[-1]]['name']}", "samples": group}
            for group in find_sequences(run.entries)
        ],
    }


def script_json(values: Any) -> str:
    """JSON that nothing in it can end the script element of."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def page_templates() -> Environment:
    """Every text that they are given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("camera_estimation.export.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _three() -> str:
    return (ASSETS / "three.min.js").read_text(encoding="utf-8")
