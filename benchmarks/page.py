"""All benchmarks on one page: Markdown, HTML that shows the same, and the part of the documentation."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.own_process import Outcome
from benchmarks.report import markdown_table
from camera_estimation.errors import InputError

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SUMMARY_COLUMNS = {
    "benchmark": "benchmark",
    "seconds": "seconds in all",
    "peak_gib": "peak memory, GiB",
    "others": "cores busy with other work",
    "result": "",
}
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { border: 1px solid #8886; padding: 0.25rem 0.6rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; background: white; } pre { overflow-x: auto; } :root { color-scheme: light dark; }"""


def markdown_page(host: Sequence[tuple[str, str]], doubts: Iterable[str], outcomes: Sequence[Outcome]) -> str:
    """The whole page; pictures are named relative to the folder that holds those of all benchmarks."""
    lines = ["# Benchmarks", "", *measured_part(host, doubts, outcomes, pictures=True)]
    return "\n".join(lines) + "\n"


def measured_part(
    host: Sequence[tuple[str, str]], doubts: Iterable[str], outcomes: Sequence[Outcome], pictures: bool
) -> list[str]:
    """Lines: the machine, what is doubtful, and a section for each benchmark."""
    lines = ["| measured on | |", "|---|---|", *(f"| {name} | {value} |" for name, value in host), ""]
    doubts = [*doubts, *(_doubt(outcome) for outcome in outcomes if outcome.disturbed)]
    lines += [f"Doubtful: {doubt}.\n" for doubt in doubts]
    lines += [markdown_table(SUMMARY_COLUMNS, [_summary(outcome) for outcome in outcomes]), ""]
    for outcome in outcomes:
        lines += [f"## {outcome.benchmark.title}", "", f"`{outcome.command}`", "", outcome.text, ""]
        if pictures:
            lines += [f"![{path.stem}]({path.parent.name}/{path.name})\n" for path in outcome.pictures]
    return lines


def write_documentation(path: Path, part: Sequence[str]) -> None:
    """Put what was measured between the marks of a page. Raises InputError if the page has none."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN not in text or END not in text:
        raise InputError(f"{path}: has no lines '{BEGIN}' and '{END}', between which the tables are written")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    path.write_text("\n".join([f"{before}{BEGIN}", "", *part, f"{END}{after}"]), encoding="utf-8")


def html_page(markdown: str, folder: Path) -> str:
    """The page as one file, with the pictures of ``folder`` in it: of Markdown what ``markdown_page`` uses."""
    body, lines = [], markdown.splitlines()
    while lines:
        line = lines.pop(0)
        if line.startswith("|"):
            rows = [line, *_take_while(lines, lambda other: other.startswith("|"))]
            body.append(_html_table(rows))
        elif line.startswith("```"):
            block = _take_while(lines, lambda other: not other.startswith("```"))
            lines[:1] = []
            body.append(f"<pre>{html.escape(chr(10).join(block))}</pre>")
        elif heading := re.match(r"(#+) (.*)", line):
            body.append(f"<h{len(heading[1])}>{_html_text(heading[2])}</h{len(heading[1])}>")
        elif picture := re.fullmatch(r"!\[(.*)\]\((.*)\)", line):
            body.append(_html_picture(picture[1], folder / picture[2]))
        elif line:
            body.append(f"<p>{_html_text(line)}</p>")
    head = f'<meta charset="utf-8"><title>Benchmarks</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def _take_while(lines: list[str], wanted: Callable[[str], bool]) -> list[str]:
    """Those at the beginning that are wanted, taken away."""
    count = next((index for index, line in enumerate(lines) if not wanted(line)), len(lines))
    taken, lines[:count] = lines[:count], []
    return taken


def _html_table(rows: Sequence[str]) -> str:
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    numeric = [cell.endswith(":") for cell in cells[1]]
    head = "".join(f"<th>{_html_text(cell)}</th>" for cell in cells[0])
    body = [
        "".join(
            f'<td class="number">{_html_text(cell)}</td>' if number else f"<td>{_html_text(cell)}</td>"
            for cell, number in zip(row, numeric, strict=True)
        )
        for row in cells[2:]
    ]
    return f"<table><tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in body) + "</table>"


def _html_picture(name: str, path: Path) -> str:
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<p><img alt="{html.escape(name)}" src="data:image/png;base64,{content}"></p>'


def _html_text(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text, quote=False))


def _summary(outcome: Outcome) -> dict[str, object]:
    others = None if outcome.others is None else f"{outcome.others:.2f}"
    return {
        "benchmark": outcome.benchmark.title,
        "seconds": f"{outcome.seconds:.0f}",
        "peak_gib": outcome.peak_gib,
        "others": others,
        "result": "failed" if outcome.failed else "",
    }


def _doubt(outcome: Outcome) -> str:
    return f"other work kept {outcome.others:.1f} cores busy during '{outcome.benchmark.title}'"
