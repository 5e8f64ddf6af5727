"""Flags that several words may follow: ``--categories face hair`` or ``--categories face,hair``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from camera_estimation.cli.grouped_command import GroupedCommand


class WordListCommand(GroupedCommand):
    """Several words may follow one of ``word_lists``, up to the next flag."""

    word_lists: tuple[str, ...] = ()

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _repeat_flag(args, self.word_lists))


def _repeat_flag(arguments: Sequence[str], flags: Sequence[str]) -> list[str]:
    """``--categories a b`` as ``--categories a --categories b``."""
    result: list[str] = []
    flag = ""
    for argument in arguments:
        if argument.startswith("-"):
            flag = argument if argument.replace("-", "_").replace("__", "--", 1) in flags else ""
        elif flag and result[-1] != flag:
            result.append(flag)
        result.append(argument)
    return result


def split_words(context: click.Context, option: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Without commas between them, and each once."""
    return tuple(dict.fromkeys(word.strip() for value in values for word in value.split(",") if word.strip()))
