"""A click command whose help is in sections, and whose errors are one line."""

from __future__ import annotations

import atexit
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from camera_estimation._start import end_at_signals
from camera_estimation.cli.interruption import Interruption
from camera_estimation.errors import LONGEST, InputError, printable_line, short_reason
from camera_estimation.io import (
    hasten_imports,
    leave_at_once,
    survive_lost_readers,
    tell_of_compilation,
    tune_process,
)

WRONG_USAGE, INTERRUPTED = 2, 130
WIDEST_HELP = 160  # characters: longer lines are hard to read, whatever the terminal's width
LAST_SECTION = "Information"  # of the help; --help itself is in it
_interruption = Interruption()


class GroupedOption(click.Option):
    """An option with the section of the help that it belongs to."""

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section

    def get_help_record(self, context: click.Context) -> tuple[str, str] | None:
        """Without the spelling with dashes, which all flags have, and without the range of numbers."""
        spellings = self.opts
        self.opts = [name for name in spellings if "-" not in name.lstrip("-")]
        try:
            record = super().get_help_record(context)
        finally:
            self.opts = spellings
        return record and (record[0], re.sub(r"  \[[^\]]*\]$", "", record[1]))


class GroupedCommand(click.Command):
    """Sections in the help; InputError and wrong usage end it with one line and exit code 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        settings = {"help_option_names": ["-h", "--help"], "max_content_width": WIDEST_HELP}
        super().__init__(
            *args, **{**kwargs, "context_settings": {**settings, **(kwargs.get("context_settings") or {})}}
        )

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(context):
            record = option.get_help_record(context) if isinstance(option, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(option, "section", LAST_SECTION), []).append(record)
        width = max(len(names) for records in sections.values() for names, _ in records)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl([(names.ljust(width), text) for names, text in records], col_max=width + 2)

    def invoke(self, context: click.Context) -> Any:
        tell_of_compilation(None if context.params.get("quiet") else _tell_beside_bars)
        return super().invoke(context)

    def run_as_program(self) -> None:
        """As the whole process, which the installed scripts do; it ends when this returns."""
        survive_lost_readers()
        _interruption.raise_at_signals()
        exit_codes: list[int] = []
        atexit.register(lambda: leave_at_once(exit_codes[0]) if exit_codes else None)  # first, so that it runs last
        try:
            self.main()
        except SystemExit as leaving:
            exit_codes += [leaving.code] if isinstance(leaving.code, int) else []
            if leaving.code == _interruption.exit_code:
                _interruption.limit_leaving()
            raise
        except KeyboardInterrupt:  # again, while the first one was told of
            exit_codes.append(_interruption.exit_code)
            sys.exit(_interruption.exit_code)
        finally:
            end_at_signals()

    def main(self, *args: Any, **kwargs: Any) -> Any:
        tune_process()  # nothing heavy is loaded yet, torch neither
        hasten_imports()
        try:
            words = args[0] if args else kwargs.get("args")
            _check_words(sys.argv[1:] if words is None else words)
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"Error: {' '.join(error.format_message().split())}", err=True)
            code = error.exit_code
        except InputError as error:
            click.echo(f"Error: {error}", err=True)
            code = WRONG_USAGE
        except (ImportError, MemoryError) as error:
            click.echo(f"Error: {_loading_trouble(error)}", err=True)
            code = WRONG_USAGE
        except click.Abort:  # click has ended the line
            click.echo("interrupted; files that were written are whole", err=True)
            code = INTERRUPTED
        sys.exit(_interruption.exit_code if code == INTERRUPTED else code or 0)


def _tell_beside_bars(line: str) -> None:
    """On stderr, without cutting a bar of progress in two."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)


def _loading_trouble(error: ImportError | MemoryError) -> str:
    """One line about a library that cannot be loaded, mostly because the process may have too little memory."""
    first: BaseException = error
    while first.__cause__ is not None:  # libraries put a page of advice over it
        first = first.__cause__
    told = printable_line(short_reason(first, LONGEST))
    reason = f"a library cannot be loaded ({told})" if isinstance(error, ImportError) else "memory is short"
    return f"{reason}; allow more memory (ulimit -v says how much there may be), or install the package again"


def _check_words(words: Sequence[str]) -> None:
    """Raises InputError for a word that the files of a run, which keep the command line and its paths, cannot hold."""
    for word in words:
        shown = word.encode("utf-8", "backslashreplace").decode()
        if shown.encode() != word.encode("utf-8", "surrogatepass"):
            raise InputError(f"{shown}: is no UTF-8 text; rename the file or folder")


def option_group(section: str) -> Callable[..., Callable]:
    """A decorator factory as ``click.option``, for one section; every name gets its spelling with dashes too."""

    def option(name: str, *names: str, **settings: Any) -> Callable:
        dashed = "--" + name[2:].replace("_", "-")
        spellings = dict.fromkeys([name, dashed, *names])
        return click.option(*spellings, cls=GroupedOption, section=section, **settings)

    return option
