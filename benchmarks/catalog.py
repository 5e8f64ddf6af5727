"""The benchmarks that ``python -m benchmarks`` runs: one entry each, and how each is called.

A benchmark is a module of this package with a ``main``; what it measures with is in the folders beside it. Those of the
flags --output_dir, --quick and --device that it has are given to it; into its folder it writes NAME.md with its tables,
CSV files and pictures. One without a NAME.md is shown by what it prints. An entry whose module is not here is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.errors import InputError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Benchmark:
    """One measurement.

    Attributes:
        name: By which it is chosen.
        title: Of its section.
        module: Of this package.
        full: Flags of the whole measurement.
        quick: Flags of that of minutes, beside --quick where the module has it.
    """

    name: str
    title: str
    module: str
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        """Its source."""
        return FOLDER / f"{self.module}.py"

    def command(self, folder: Path, quick: bool, device: str) -> list[str]:
        """The arguments of Python that run it, with results in ``folder``."""
        known = _sources(self.file)
        flags = [*(self.quick if quick else self.full)]
        for flag, values in (
            ("--output_dir", [str(folder)]),
            ("--quick", [] if quick else None),
            ("--device", [device]),
        ):
            if values is not None and f'"{flag}"' in known:
                flags += [flag, *values]
        return ["-m", f"{__package__}.{self.module}", *flags]


def _sources(file: Path) -> str:
    """The text of a module and of those of this package that it imports."""
    own = file.read_text(encoding="utf-8")
    names = re.findall(r"^from benchmarks\.([\w.]+) import", own, re.MULTILINE)
    imported = [(FOLDER / name.replace(".", "/")).with_suffix(".py") for name in names]
    return "\n".join([own, *(path.read_text(encoding="utf-8") for path in imported if path.is_file())])


BENCHMARKS = (
    Benchmark("start_up", "From the shell: starting", "start_up"),
    Benchmark("two_runs", "Two runs at once", "two_runs"),
    Benchmark("workers", "Worker processes", "workers"),
    Benchmark("large_runs", "Runs of very many samples", "large_runs", full=("--samples", "20000")),
    Benchmark(
        "stages",
        "Where the time of an image goes",
        "stages",
        full=("--presets", "default", "fast", "--functions"),
    ),
    Benchmark(
        "presets",
        "Whole estimates, beside the preset v2m4",
        "estimation",
        full=("--presets", "default", "fast", "accurate", "v2m4", "--upright"),
        quick=("--presets", "default", "fast", "v2m4", "--upright", "--views", "1"),
    ),
    Benchmark("faces", "Number of faces", "faces"),
    Benchmark("resolutions", "Size of the picture", "resolutions"),
    Benchmark("objectives", "Objectives", "objectives"),
    Benchmark("tracking", "Tracking a sequence", "tracking", quick=("--frames", "20")),
    Benchmark(
        "rendering",
        "Rendering and pose gradients, beside PyTorch3D and Mitsuba 3",
        "rendering",
        quick=("--repeats", "7", "--patience", "3"),
    ),
    Benchmark("ray", "Many samples through Ray", "ray"),
    Benchmark("serve", "The server under load", "serve"),
    Benchmark("pose_descent", "From a pose that is ten degrees off, beside Mitsuba 3", "pose_descent"),
)


def find_benchmarks(names: Sequence[str] | None) -> list[Benchmark]:
    """Those that are here, or those of them that are named. Raises InputError for a name that is not."""
    here = {benchmark.name: benchmark for benchmark in BENCHMARKS if benchmark.file.is_file()}
    for name in names or ():
        if name not in here:
            raise InputError(f"there is no benchmark '{name}': {', '.join(here)}")
    return [here[name] for name in names or here]
