"""Whether a GPU computes what the CPU does, and how fast: one report that can be pasted into an issue.

Usage: bash scripts/check_cuda.sh [--output_dir DIR] [--full]
       python -m benchmarks.device_check  (in an environment that has what the tests need)

Runs the tests marked cuda (tests/cuda: pictures, gradients and poses beside the CPU's, determinism, memory, streams),
then benchmarks.rendering and benchmarks.estimation on the GPU and, to compare, on the CPU. Exits with 1 where anything
fails; the report is written all the same. --full leaves nothing out of the benchmarks.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
LAST_LINES = 60  # of the output of what failed
REPORT = "report.md"


@dataclass(frozen=True)
class Outcome:
    """What one program said.

    Attributes:
        title: Of its section in the report.
        failed: Whether it did.
        text: The section: a table, or what was printed.
    """

    title: str
    failed: bool
    text: str


def describe_machine() -> list[tuple[str, str]]:
    """Names and values of what results may depend on."""
    import warp

    import camera_estimation

    device = torch.cuda.get_device_properties(0)
    return [
        ("GPU", f"{device.name}, sm_{device.major}{device.minor}, {device.total_memory / 2**30:.0f} GiB"),
        ("driver", _say("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
        ("libraries", f"torch {torch.__version__} (CUDA {torch.version.cuda}), warp {warp.__version__}"),
        ("camera-estimation", f"{camera_estimation.__version__}, {_say('git', 'rev-parse', '--short', 'HEAD')}"),
    ]


def _say(*command: str) -> str:
    """The first line that a program prints; ``unknown`` where it is not there."""
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.partition("\n")[0].strip() or "unknown"


def run_program(title: str, arguments: Sequence[str], table: Path | None = None) -> Outcome:
    """Run a module of Python, whose section is what it wrote to ``table``, or what it printed last."""
    print(f"{title}: python -m {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(done.stdout, flush=True)
    if table is not None and table.is_file() and done.returncode == 0:
        return Outcome(title, False, table.read_text(encoding="utf-8").strip())
    return Outcome(title, done.returncode != 0, "\n".join(["```", *done.stdout.splitlines()[-LAST_LINES:], "```"]))


def write_report(path: Path, machine: Sequence[tuple[str, str]], outcomes: Sequence[Outcome]) -> None:
    """In Markdown: what it was measured on, what failed, and all sections."""
    failed = [outcome.title for outcome in outcomes if outcome.failed]
    lines = ["# Check of a CUDA device", "", *(f"- {name}: {value}" for name, value in machine)]
    lines += ["", f"Failed: {', '.join(failed)}." if failed else "All passed."]
    for outcome in outcomes:
        lines += ["", f"## {outcome.title}", "", outcome.text]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check_device(folder: Path, full: bool) -> list[Outcome]:
    """All tests and benchmarks, one after the other."""
    folder = folder.resolve()
    tests = ("pytest", "tests/cuda", "-m", "cuda", "-q", "-ra", "--durations=5", "-p", "no:cacheprovider")
    outcomes = [run_program("Tests", tests)]
    for device in ("cuda", "cpu"):
        place = folder / f"rendering_{device}"
        quick = () if full else ("--quick",)
        arguments = ("benchmarks.rendering", "--device", device, "--output_dir", str(place), *quick)
        outcomes.append(run_program(f"Rendering, {device}", arguments, place / "rendering.md"))
        place = folder / f"estimation_{device}"
        few = () if full else ("--max_samples", "10")
        arguments = ("benchmarks.estimation", "--device", device, "--output_dir", str(place), *few)
        outcomes.append(run_program(f"Estimates, {device}", arguments, place / "estimation.md"))
    return outcomes


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", type=Path, default=Path("out/check_cuda"))
    parser.add_argument("--full", action="store_true", help="all sizes and samples: takes long on the CPU")
    arguments = parser.parse_args(argv)
    if not torch.cuda.is_available():
        print(
            f"error: torch {torch.__version__} finds no CUDA device here: see nvidia-smi, and pytorch.org for its build"
        )
        return 1
    outcomes = check_device(arguments.output_dir, arguments.full)
    report = arguments.output_dir / REPORT
    write_report(report, describe_machine(), outcomes)
    print(f"\n{report.read_text(encoding='utf-8')}\nReport: {report}")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
