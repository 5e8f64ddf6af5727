"""What a run has written: each camera of poses.json, with the mesh drawn over the image as that camera sees it.

Usage: python examples/read_poses.py OUTPUT_DIR [--poses POSES.json]

Without --poses the packaged example is estimated first, as by ``camera-estimate --demo --output_dir OUTPUT_DIR/run``.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from pathlib import Path

from camera_estimation import Renderer, load_mesh, load_source_image
from camera_estimation.results import camera_of, read_poses
from camera_estimation.visualization import image_from_pixels, overlay_picture, render_frame, source_picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--poses", type=Path)
    arguments = parser.parse_args()
    output_dir, poses = arguments.output_dir, arguments.poses
    if poses is None:
        poses = output_dir / "run"
        command = [sys.executable, "-m", "camera_estimation.cli.estimate", "--demo", "--config", "fast", "--overwrite"]
        subprocess.run([*command, "--output_dir", str(poses)], check=True)

    output_dir.mkdir(parents=True, exist_ok=True)
    for entry in read_poses(poses):
        if entry["status"] != "ok":
            print(f"{entry['name']}: {entry['error']}")
            continue
        camera = camera_of(entry)  # a world camera of the full image
        drawn = render_frame(Renderer(load_mesh(entry["mesh"])), camera)
        picture = overlay_picture(source_picture(load_source_image(entry["image"])), drawn)
        image_from_pixels(picture).save(output_dir / f"{entry['name']}_overlay.png")
        fov = math.degrees(float(camera.fov[0]))
        print(f"{entry['name']}: camera at {camera.center[0].tolist()}, vertical field of view {fov:.1f}°")


if __name__ == "__main__":
    main()
