"""The flags of a command, from its parser: mkdocs-click's table, under the headings of the command's own help."""

from __future__ import annotations

import re
from importlib import import_module

import click
import markdown
from markdown_table import as_code, markdown_table, plain_markdown
from mkdocs_click import MKClickExtension

OTHERS = "Information"


def command_reference(module: str, name: str) -> str:
    """Help, usage and flags of the command ``main`` of a module.

    Args:
        module: Where its ``main`` is.
        name: What it is called on the command line.
    """
    command = import_module(module).main
    before, rows = _click_table(module, name)
    metavars = {name: _metavar(option.metavar or "") for option in command.params for name in option.opts}
    tables: dict[str, list[list[str]]] = {}
    for names, kind, text in rows:
        # Every flag can be written with dashes as well: one spelling is enough.
        spellings = [spelling for spelling in names if "-" not in spelling.lstrip("-")]
        if spellings:
            section = _sections(command).get(spellings[0], OTHERS)
            code = ", ".join(as_code(spelling) for spelling in spellings)
            value = metavars.get(spellings[0]) or kind
            tables.setdefault(section, []).append([f"{code}<br>{value}" if value else code, plain_markdown(text)])
    parts = [before]
    for section, table in tables.items():
        parts += [f"### {section} {{ #{name}-{section.lower().replace(' ', '-')} }}"]
        parts += [markdown_table(("flag and value", "meaning"), table)]
    return "\n\n".join(parts)


def _click_table(module: str, name: str) -> tuple[str, list[tuple[list[str], str, str]]]:
    """What mkdocs-click makes of the command: the text before its table, and the rows: spellings, kind of value, help.

    Its column of defaults is left out: most are those of the presets, which the help names.
    """
    converter = markdown.Markdown(extensions=["attr_list", MKClickExtension()])
    block = ["::: mkdocs-click", f"    :module: {module}", "    :command: main"]
    block += [f"    :prog_name: {name}", "    :style: table", "    :depth: 1"]
    lines = converter.preprocessors["mk_click"].run(block)
    start = lines.index("**Options:**")
    rows = []
    for line in lines[start:]:
        if line.startswith("| `-"):
            names, kind, *text, _ = (cell.strip() for cell in line.strip("| ").split(" | "))
            rows.append((names.replace("`", "").split(", "), _kind(kind), " | ".join(text)))
    return _description(lines[:start]), rows


def _description(lines: list[str]) -> str:
    """Examples, which are indented in the help, are a block of code; the heading of the usage is left out."""
    text = re.sub(r"((?:^ {2,}.*\n)+)", r"\n```bash\n\1```\n", "\n".join(lines) + "\n", flags=re.MULTILINE)
    text = text.replace("**Usage:**\n\n", "")
    return re.sub(r"^ {2,}", "", text, flags=re.MULTILINE)


def _metavar(text: str) -> str:
    """Choices each for itself, so that a narrow column can break between them."""
    choices = text.split("|")
    return " ".join(as_code(choice) for choice in choices) if all(map(str.islower, choices)) else as_code(text)


def _kind(text: str) -> str:
    return "" if text == "boolean" else text.replace("&#x7C;", "|")  # a bar of mkdocs-click's


def _sections(command: click.Command) -> dict[str, str]:
    """The heading of each spelling of each option."""
    headings = {}
    for option in command.params:
        group = getattr(option, "section", None) or getattr(getattr(option, "group", None), "title", None) or OTHERS
        headings.update(dict.fromkeys(option.opts, group))
    return headings
