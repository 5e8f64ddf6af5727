"""The camera that took one image: a mesh and an image in, a pose and a picture of the agreement out.

Usage: python examples/one_image.py OUTPUT_DIR
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import camera_estimation
from camera_estimation import Renderer, estimate_camera, load_mesh, load_preset, load_source_image
from camera_estimation.visualization import image_from_pixels, overlay_picture, render_frame, source_picture

EXAMPLE = Path(camera_estimation.__file__).parent / "examples"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    output_dir = parser.parse_args().output_dir
    output_dir.mkdir(parents=True, exist_ok=True)

    mesh = load_mesh(EXAMPLE / "spot.glb")
    image = load_source_image(EXAMPLE / "spot.png")
    # Without intrinsics the focal length is estimated, with square pixels and a central principal point.
    known = json.loads((EXAMPLE / "intrinsics.json").read_text(encoding="utf-8"))["spot.png"]
    intrinsics = known["fx"], known["fy"], known["cx"], known["cy"]
    estimate = estimate_camera(mesh, image, load_preset("fast"), intrinsics=intrinsics)

    orbit = estimate.orbit(mesh)
    print("world to camera, OpenCV axes:")
    print(estimate.camera.world_to_camera[0])
    print(f"yaw {math.degrees(orbit.yaw):.1f}°, pitch {math.degrees(orbit.pitch):.1f}°, radius {orbit.radius:.2f}")
    print(f"rotation known to {math.degrees(estimate.uncertainty.rotation):.2f}°, IoU {estimate.silhouette_iou:.3f}")

    drawn = render_frame(Renderer(mesh), estimate.camera)
    picture = image_from_pixels(overlay_picture(source_picture(image), drawn))
    picture.save(output_dir / "overlay.png")
    print(f"the render over the image: {output_dir / 'overlay.png'}")


if __name__ == "__main__":
    main()
