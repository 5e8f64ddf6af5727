"""What MkDocs calls while it builds: it puts in place what pages take from the code, so that nothing is typed twice.

A comment ``<!-- generated: NAME ARGUMENT ... -->`` on a line of its own stands for what the function NAME of
``GENERATORS`` returns. The pages of the Python reference are made whole, one for each room of the package.
"""

from __future__ import annotations

import re
from typing import Any

from command_line import command_reference
from configuration_reference import preset_files, settings_reference
from included_files import included_file
from plugin_tables import losses_table, plugin_sections, registry_table, terms_table
from python_reference import ROOM_PAGES, room_page, rooms_table, top_level_table

GENERATORS = {
    "command": command_reference,
    "file": included_file,
    "losses": losses_table,
    "plugins": plugin_sections,
    "presets": preset_files,
    "python-rooms": rooms_table,
    "python-top-level": top_level_table,
    "registry": registry_table,
    "settings": settings_reference,
    "terms": terms_table,
}
PLACEHOLDER = re.compile(r"^<!-- generated: ([a-z-]+)((?: [^ \n]+)*) -->$", re.MULTILINE)
PYTHON_SECTION = "Python"


def on_config(config: Any) -> Any:
    """Rooms get their places in the navigation, below the first page of the Python reference."""
    rooms = [{room: path} for room, path in ROOM_PAGES.items()]
    for section in config.nav:
        for entries in section.values():
            for entry in entries:
                if isinstance(entry, dict) and PYTHON_SECTION in entry:
                    entry[PYTHON_SECTION] = [entry[PYTHON_SECTION], *rooms]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages of rooms."""
    from mkdocs.structure.files import File

    for room, path in ROOM_PAGES.items():
        files.append(File.generated(config, path, content=room_page(room)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Puts in what comments stand for."""

    def generate(match: re.Match[str]) -> str:
        name, arguments = match[1], match[2].split()
        if name not in GENERATORS:
            raise ValueError(f"{page.file.src_uri}: nothing generates '{name}'; known: {', '.join(GENERATORS)}")
        return GENERATORS[name](*arguments)

    return PLACEHOLDER.sub(generate, markdown)
