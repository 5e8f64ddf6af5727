"""Compare the poses of a run with ground truth.

Usage: python scripts/evaluate_poses.py OUTPUT_DIR PAIRS.csv

PAIRS.csv is the file that the run was given with --pairs; its third column ``gt`` names for each pair a JSON file with
the true ``world_to_camera`` (4x4, OpenCV axes). Translation is that of the mesh's centre, as a fraction of the mesh's
diameter; success is within 5 degrees and 5 %.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
from functools import cache
from pathlib import Path

import torch

from camera_estimation.camera import geodesic_angle
from camera_estimation.mesh import load_mesh
from camera_estimation.outputs.pose_file import read_poses

SUCCESS_DEG, SUCCESS_SHARE = 5.0, 0.05


@cache
def centre_and_diameter(path: Path) -> tuple[torch.Tensor, float]:
    mesh = load_mesh(path)
    return mesh.centre, 2 * mesh.radius


def errors_of(entry: dict, truth: dict, mesh_path: Path) -> tuple[float, float]:
    """Rotation error in degrees and translation error as a fraction of the mesh's diameter."""
    found, true = (torch.tensor(pose["world_to_camera"], dtype=torch.float64) for pose in (entry, truth))
    centre, diameter = centre_and_diameter(mesh_path)
    rotation = math.degrees(geodesic_angle(found[:3, :3], true[:3, :3]).item())
    shift = (found[:3, :3] @ centre + found[:3, 3]) - (true[:3, :3] @ centre + true[:3, 3])
    return rotation, shift.norm().item() / diameter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("pairs", type=Path)
    arguments = parser.parse_args()
    entries = {Path(entry["image"]).name: entry for entry in read_poses(arguments.output_dir)}
    rotations, shifts, seconds, failed = [], [], [], 0
    with arguments.pairs.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            entry = entries.get(Path(row["image"]).name)
            if entry is None or entry["status"] != "ok":
                failed += 1
                print(f"{row['image']:50s} no pose")
                continue
            truth = json.loads((arguments.pairs.parent / row["gt"]).read_text())
            rotation, shift = errors_of(entry, truth, arguments.pairs.parent / row["mesh"])
            rotations.append(rotation)
            shifts.append(shift)
            seconds.append(sum(entry["seconds"].values()))
            print(f"{row['image']:50s} {rotation:8.3f} deg  {100 * shift:7.3f} %  {seconds[-1]:5.2f} s")
    success = sum(r <= SUCCESS_DEG and s <= SUCCESS_SHARE for r, s in zip(rotations, shifts, strict=True))
    print(f"\nwithin {SUCCESS_DEG:g} degrees and {100 * SUCCESS_SHARE:g} %: {success} of {len(rotations) + failed}")
    print(f"within 15 degrees: {sum(r <= 15 for r in rotations)} of {len(rotations) + failed}")
    if rotations:
        rotation, shift, second = (statistics.median(values) for values in (rotations, shifts, seconds))
        print(f"median: {rotation:.3f} degrees, {100 * shift:.3f} % of the diameter, {second:.2f} s an image")


if __name__ == "__main__":
    main()
