"""Draws comparison.png from summary.csv and the pictures beside it: a row for each sample, the source and each
objective's render in columns. Needs matplotlib and Pillow only. Usage: python compare_results.py [objective ...]"""

from __future__ import annotations

import csv
import sys
import textwrap
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no window system is needed

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

HERE = Path(__file__).resolve().parent
MOST_ROWS, MOST_COLUMNS = 12, 8  # samples and objectives in one picture; more go into further pictures
CELL = 2.3  # inches
PIXELS = 320  # of a picture's longer side
BACKGROUND = (205, 205, 205, 255)


def main() -> None:
    with (HERE / "summary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    objectives = list(dict.fromkeys(row["objective"] for row in rows))
    unknown = [name for name in sys.argv[1:] if name not in objectives]
    if unknown:
        sys.exit(f"no objective '{unknown[0]}' in summary.csv; there are: {', '.join(objectives)}")
    objectives = sys.argv[1:] or objectives
    samples = list(dict.fromkeys(row["sample"] for row in rows))
    cells = {(row["sample"], row["objective"]): row for row in rows}
    number = 0
    for some in chunks(samples, MOST_ROWS):
        for columns in chunks(objectives, MOST_COLUMNS):
            number += 1
            path = HERE / ("comparison.png" if number == 1 else f"comparison_{number}.png")
            draw(path, some, columns, cells)
            print(path.name)


def chunks(items: list[str], most: int) -> list[list[str]]:
    """Parts of nearly equal length."""
    count = -(-len(items) // most)
    size = -(-len(items) // count) if items else 1
    return [items[start : start + size] for start in range(0, len(items), size)]


def draw(path: Path, samples: list[str], objectives: list[str], cells: dict[tuple[str, str], dict[str, str]]) -> None:
    width, height = CELL * (1 + len(objectives)), (CELL + 0.55) * len(samples) + 0.3
    figure = Figure(figsize=(width, height), layout="constrained")
    panels = figure.subplots(len(samples), 1 + len(objectives), squeeze=False)
    for line, sample in zip(panels, samples, strict=True):
        rows = [cells.get((sample, objective)) for objective in objectives]
        pictures = [picture(row["render"]) if row else None for row in rows]
        source = picture(next((row["source"] for row in rows if row), ""))
        window = window_of([shown for shown in pictures if shown])
        show(line[0], f"{sample}\nsource", source, window, "no picture", bold=True)
        for panel, objective, row, shown in zip(line[1:], objectives, rows, pictures, strict=True):
            reason = "failed: not in summary.csv" if row is None else missing_reason(row)
            show(panel, f"{objective}\n{numbers(row)}", shown, window, reason)
    figure.savefig(path, dpi=110)


def missing_reason(row: dict[str, str]) -> str:
    """Why there is no picture."""
    return "no picture was written" if row["status"] == "ok" else f"failed: {row['error'] or row['status']}"


def show(
    panel: Axes,
    title: str,
    shown: Image.Image | None,
    window: tuple[float, float, float, float],
    reason: str,
    bold: bool = False,
) -> None:
    """A picture's ``window``, or the reason why there is none, under its title."""
    title = "\n".join(textwrap.shorten(line, 34, placeholder="...") for line in title.replace("$", r"\$").split("\n"))
    panel.set_title(title, fontsize=8, fontweight="bold" if bold else "normal")
    panel.set_xticks([])
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_color("0.75")
    if shown is None:
        text = textwrap.fill(textwrap.shorten(reason, 150, placeholder="..."), 26).replace("$", r"\$")
        panel.text(0.5, 0.5, text, ha="center", va="center", fontsize=7, color="#a33", transform=panel.transAxes)
        panel.set_box_aspect(1)
        return
    left, top, right, bottom = (round(share * size) for share, size in zip(window, shown.size * 2, strict=True))
    shown = Image.alpha_composite(Image.new("RGBA", shown.size, BACKGROUND), shown).crop((left, top, right, bottom))
    shown.thumbnail((PIXELS, PIXELS), Image.Resampling.LANCZOS)
    panel.imshow(shown)


def picture(name: str) -> Image.Image | None:
    path = HERE / name
    return Image.open(path).convert("RGBA") if name and path.is_file() else None


def window_of(pictures: list[Image.Image]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what any render shows, with a margin, as shares of the image."""
    boxes = [(shown.getchannel("A").getbbox(), shown.size) for shown in pictures]
    parts = [[side / full for side, full in zip(box, size * 2, strict=True)] for box, size in boxes if box]
    if not parts:
        return (0.0, 0.0, 1.0, 1.0)
    left, top, right, bottom = (pick(part[side] for part in parts) for side, pick in enumerate((min, min, max, max)))
    margin_x, margin_y = 0.15 * (right - left), 0.15 * (bottom - top)
    return (max(0, left - margin_x), max(0, top - margin_y), min(1, right + margin_x), min(1, bottom + margin_y))


def numbers(row: dict[str, str] | None) -> str:
    """Loss, and with ground truth the error of the rotation."""
    if row is None or not row["loss"]:
        return ""
    error = f", error {float(row['rotation_error_deg']):.2f}°" if row["rotation_error_deg"] else ""
    return f"loss {float(row['loss']):.4g}{error}"


if __name__ == "__main__":
    main()
