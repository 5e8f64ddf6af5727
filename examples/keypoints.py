"""Keypoints as evidence: points of the mesh and where they are in the image, of which one is wrong.

Usage: python examples/keypoints.py OUTPUT_DIR

Here the camera that took the image says where they are; elsewhere a person clicks them, or a network finds them.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch

import camera_estimation as ce
from camera_estimation.results import camera_of
from camera_estimation.visualization import draw_keypoints, image_from_pixels, source_picture

EXAMPLE = Path(ce.__file__).parent / "examples"
COUNT = 8


def write_keypoints(path: Path) -> None:
    """Points that the true camera sees, as files in ``--keypoints_dir`` have them; the last is 60 pixels off."""
    mesh = ce.load_mesh(EXAMPLE / "spot.glb")
    camera = camera_of(json.loads((EXAMPLE / "expected_camera.json").read_text(encoding="utf-8")))
    seen = ce.Renderer(mesh).render(mesh.to_normalized(camera).to(torch.float32)).points[0]
    rows, columns = torch.nonzero(seen[3] > 0, as_tuple=True)
    picked = torch.linspace(0, len(rows) - 1, COUNT).long()
    entries = []
    for row, column in zip(rows[picked].tolist(), columns[picked].tolist(), strict=True):
        xyz = seen[:3, row, column] * mesh.radius + mesh.center
        entries.append({"xyz": xyz.tolist(), "uv": [column + 0.5, row + 0.5]})
    entries[-1]["uv"][0] += 60
    path.write_text(json.dumps(entries, indent=2), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    output_dir = parser.parse_args().output_dir
    output_dir.mkdir(parents=True, exist_ok=True)

    write_keypoints(output_dir / "spot.json")
    keypoints = ce.load_keypoints(output_dir / "spot.json")
    image = replace(ce.load_source_image(EXAMPLE / "spot.png"), evidence=ce.Evidence(keypoints=keypoints))
    found = ce.estimate_camera(ce.load_mesh(EXAMPLE / "spot.glb"), image, ce.load_preset("fast")).keypoints
    for name, error, rejected in zip(keypoints.names, found.error.tolist(), found.rejected.tolist(), strict=True):
        print(f"point {name}: {error:.1f} pixels" + (", not followed" if rejected else ""))
    picture = image_from_pixels(source_picture(image))
    picture = draw_keypoints(picture, keypoints, found.projected, found.rejected, found.hidden)
    picture.save(output_dir / "keypoints.png")


if __name__ == "__main__":
    main()
