"""Meshes of image-to-3D generators with the pictures they were made from: this program beside simpler alignments.

Usage: python -m benchmarks.generated_meshes pairs.csv out/ [--contenders default silhouette v2m4] [--max_samples N]

pairs.csv has the columns mesh and image and, if wanted, model (the --model of each pair); masks are those of the
images, or of a folder "masks" beside the table. Each contender is a run of camera-estimate, in out/CONTENDER/MODEL;
finished samples of an earlier call are not estimated again. Weights of LPIPS have to be fetched before:
camera-estimate --fetch_weights lpips:alex

"overlap" is the intersection over union of the silhouettes of image and render, of the mesh as it is: no deformation
that was found with a pose is drawn. "LPIPS" is the distance (alex) of the same render from the picture, both in black
surroundings, in the window around the object. Both are means over the images that all contenders have an answer for.
"seconds" is the median of all stages of an image; compare those of one call on a quiet machine.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import machine_line, markdown_table, write_csv
from camera_estimation.errors import InputError
from camera_estimation.images import load_source_image, make_target
from camera_estimation.losses import LossObjective, create_loss_objective
from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import camera_of, read_entries

PIXELS = 256  # of the longer side of the window that is compared
RIGID = ("--mesh_quality", "exact", "--occlusion", "off")
# Colours weigh next to nothing beside silhouettes of this weight.
SILHOUETTE_SETTINGS = "[appearance]\nsilhouette_weight = 1e4\n"
SILHOUETTE_FILE = "silhouette.toml"
# The ancestor's camera has the field of view of 40 degrees that generators' pipelines render with.
CONTENDERS: dict[str, tuple[str, ...]] = {
    "default": (),
    "silhouette": ("--config", SILHOUETTE_FILE, "--loss_type", "mask_only", *RIGID),
    "v2m4": ("--config", "v2m4", "--fix_fov", *RIGID),
}
NAMES = {
    "default": "this program",
    "silhouette": "silhouettes of the rigid mesh (`--loss_type mask_only`)",
    "v2m4": "swarm and descent (`--config v2m4 --fix_fov`)",
}
COLUMNS = {
    "name": "alignment",
    "images": "images",
    "overlap": "overlap",
    "least_overlap": "least overlap",
    "lpips": "LPIPS",
    "seconds": "seconds",
}

Rows = list[dict[str, Any]]


def read_pairs(table: Path, most: int | None) -> dict[str, Rows]:
    """Rows with absolute paths of mesh and image, by the model that made the mesh."""
    pairs = defaultdict(list)
    with table.open(newline="", encoding="utf-8") as file:
        for row in list(csv.DictReader(file))[:most]:
            paths = {kind: str((table.parent / row[kind]).resolve()) for kind in ("mesh", "image")}
            pairs[row.get("model") or "generic"].append(paths)
    return pairs


def estimate(contender: str, model: str, pairs: Rows, masks: Path | None, folder: Path) -> list[dict[str, Any]]:
    """The entries of a run of camera-estimate, which goes on from what is in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "pairs.csv", pairs)
    (folder / SILHOUETTE_FILE).write_text(SILHOUETTE_SETTINGS, encoding="utf-8")
    flags = [str(folder / flag) if flag == SILHOUETTE_FILE else flag for flag in CONTENDERS[contender]]
    masks_flags = [] if masks is None else ["--masks_dir", str(masks)]
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--pairs", str(folder / "pairs.csv")]
    command += ["--model", model, *masks_flags, *flags, "--output_dir", str(folder)]
    print(f"{contender}, {model}", flush=True)
    if subprocess.run(command, check=False).returncode > 1:
        raise InputError(f"{folder}: camera-estimate could not run; its message is above")
    wanted = {Path(pair["image"]).resolve() for pair in pairs}
    return [entry for entry in read_entries(folder) if Path(entry["image"]).resolve() in wanted]


@torch.no_grad()
def measure(entry: Mapping[str, Any], masks: Path | None, lpips: LossObjective) -> dict[str, float]:
    """How alike picture and render are, of the mesh as it is."""
    mesh, image = load_mesh(entry["mesh"]), load_source_image(entry["image"], masks_dir=masks)
    view = make_target(image, mesh.device).view(PIXELS)
    camera = view.camera(mesh.to_normalized(camera_of(dict(entry))).to(torch.float32))
    render = Renderer(mesh).supersample(camera, 2)
    common, union = torch.minimum(render[:, 3:], view.rgba[:, 3:]), torch.maximum(render[:, 3:], view.rgba[:, 3:])
    images = render[:, :3], view.rgba[:, :3], render[:, 3:], view.rgba[:, 3:]
    return {
        "overlap": float((common * view.pixel_weight).sum() / (union * view.pixel_weight).sum()),
        "lpips": float(lpips.compute_loss(*images)),
        "seconds": sum(entry["seconds"].values()),
    }


def summarize(rows: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Rows:
    """A row for each contender, over the images that all of them have; ``rows`` is by contender and image."""
    shared = set.intersection(*(set(found) for found in rows.values()))
    if not shared:
        raise InputError("no image has an answer of all contenders")
    return [
        {
            "name": NAMES[contender],
            "images": len(shared),
            "overlap": statistics.fmean(found[image]["overlap"] for image in shared),
            "least_overlap": min(found[image]["overlap"] for image in shared),
            "lpips": statistics.fmean(found[image]["lpips"] for image in shared),
            "seconds": statistics.median(found[image]["seconds"] for image in shared),
        }
        for contender, found in rows.items()
    ]


def compare(table: Path, folder: Path, contenders: Sequence[str], most: int | None) -> str:
    """Run and measure all; write the CSV files and return the table."""
    masks = table.parent / "masks" if (table.parent / "masks").is_dir() else None
    lpips = create_loss_objective("lpips", net="alex", boundary_weight=0.0)
    rows = {
        contender: {
            entry["image"]: measure(entry, masks, lpips)
            for model, pairs in read_pairs(table, most).items()
            for entry in estimate(contender, model, pairs, masks, folder / contender / model)
            if entry["status"] == "ok"
        }
        for contender in contenders
    }
    details = [
        {"contender": contender, "image": image, **numbers}
        for contender, found in rows.items()
        for image, numbers in found.items()
    ]
    summary = summarize(rows)
    write_csv(folder / "images.csv", details)
    write_csv(folder / "generated_meshes.csv", summary)
    return markdown_table(COLUMNS, summary)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, metavar="pairs.csv")
    parser.add_argument("output_dir", type=Path, metavar="out")
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=list(CONTENDERS))
    parser.add_argument("--max_samples", type=int, metavar="N", help="only the first N pairs")
    arguments = parser.parse_args()
    try:
        table = compare(arguments.pairs, arguments.output_dir, arguments.contenders, arguments.max_samples)
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    report = f"{machine_line(torch.device('cpu'))}\n\n{table}\n"
    (arguments.output_dir / "generated_meshes.md").write_text(report, encoding="utf-8")
    print(f"\n{report}")


if __name__ == "__main__":
    main()
