"""What ``camera-insert`` does with its plan: light, then the object in every sample."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import click

from camera_estimation.commands.insert.files import INSERTED_NAME
from camera_estimation.commands.insert.group import insert_into_group
from camera_estimation.commands.insert.inserter import InsertedSample, Inserter
from camera_estimation.commands.insert.plan import InsertPlan
from camera_estimation.export import PosedImage
from camera_estimation.io import terminal_width
from camera_estimation.lighting import light_registry

NAME_WIDTH = 14  # characters


def run_insert(plan: InsertPlan) -> int:
    """Put the object into every sample; returns the exit code. Samples that fail are told, and the others go on."""
    for line in plan.remarks:
        _tell(plan, line)
    inserter = Inserter(plan, lambda line: _tell(plan, line))
    failed = sum(_insert_group(plan, inserter, group, number) for number, group in enumerate(plan.groups, start=1))
    return int(failed > 0)


def list_lights() -> str:
    """Lines about the ways to estimate light, as wide as the terminal."""
    lines: list[str] = []
    for name, cls in light_registry.classes().items():
        text = f"{cls.description}; terms: {', '.join(cls.terms) or 'none'}"
        lines += textwrap.wrap(
            text, terminal_width(), initial_indent=name.ljust(NAME_WIDTH), subsequent_indent=" " * (NAME_WIDTH + 2)
        )
    return "\n".join(lines)


def _insert_group(plan: InsertPlan, inserter: Inserter, group: Sequence[PosedImage], number: int) -> int:
    """How many samples failed."""

    def finish(image: PosedImage, made: InsertedSample) -> None:
        if not plan.quiet:
            click.echo(f"{image.name}: {made.folder / INSERTED_NAME}{_light_phrase(made)}")

    def fail(name: str, sentence: str) -> None:
        click.echo(f"FAILED {name}: {sentence}", err=True)

    outcome = insert_into_group(inserter, group, number, finish, fail)
    if outcome.video is not None:
        click.echo(f"video of {outcome.count} frames in {outcome.video}")
    return len(outcome.failures)


def _light_phrase(made: InsertedSample) -> str:
    explained = made.told["explained"]
    return "" if explained is None else f" (light explains {100 * max(explained, 0):.0f} % of the shading)"


def _tell(plan: InsertPlan, line: str) -> None:
    if not plan.quiet:
        click.echo(line, err=True)
