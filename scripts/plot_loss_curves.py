"""Draw how every objective that can run here rises away from the true pose of the packaged example.

Usage: python scripts/plot_loss_curves.py OUTPUT_DIR [--size 128] [--steps 31] [--loss_file my_loss.py] [--rendered]

The camera is moved along one parameter at a time. OUTPUT_DIR receives loss_curves.png, a panel for each objective whose
lines are scaled from their least to their greatest value, and loss_curves.csv with the values. The target is the
example's picture, whose light the texture does not have; with --rendered it is the mesh drawn at the true pose.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.batch import EXAMPLE_FOLDER, EXAMPLE_SAMPLE
from camera_estimation.geometry import Camera, retract
from camera_estimation.images import TargetView, load_source_image, make_target
from camera_estimation.io import keep_freed_memory
from camera_estimation.losses import create_loss_objective, evaluate, load_loss_file, loss_classes
from camera_estimation.mesh import load_mesh
from camera_estimation.rendering import Renderer
from camera_estimation.results import camera_of

# Column of the step of ``retract``: angles in radians, shifts in object radii, logarithm of the distance.
PARAMETERS = {"pitch": 0, "yaw": 1, "roll": 2, "aside": 3, "distance": 5}
REACH = math.radians(45)
COLUMNS = 4  # of panels

Curves = dict[str, dict[str, Float[Tensor, " N"]]]  # objective, parameter


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path, metavar="OUTPUT_DIR")
    parser.add_argument("--size", type=int, default=128, help="pixels of the images that are compared")
    parser.add_argument("--steps", type=int, default=31, help="values on each line")
    parser.add_argument("--loss_file", type=Path, help="Python file with objectives of your own")
    parser.add_argument("--rendered", action="store_true", help="compare with the mesh drawn at the true pose")
    arguments = parser.parse_args()
    if arguments.loss_file:
        load_loss_file(arguments.loss_file)
    offsets = torch.linspace(-REACH, REACH, arguments.steps)
    curves = loss_curves(offsets, arguments.size, arguments.rendered)
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    write_table(arguments.output_dir / "loss_curves.csv", offsets, curves)
    draw(arguments.output_dir / "loss_curves.png", offsets, curves)


@torch.no_grad()
def loss_curves(offsets: Float[Tensor, " N"], size: int, rendered: bool) -> Curves:
    """Values of the objectives that lack nothing, at steps of every parameter."""
    mesh = load_mesh(EXAMPLE_SAMPLE.mesh_path)
    renderer = Renderer(mesh)
    view = make_target(load_source_image(EXAMPLE_SAMPLE.image_path), "cpu").view(size)
    true_pose = json.loads((EXAMPLE_FOLDER / "expected_camera.json").read_text(encoding="utf-8"))
    camera = view.camera(mesh.to_normalized(camera_of(true_pose)).to("cpu", torch.float32))
    if rendered:
        view = TargetView(renderer.supersample(camera, 4), torch.ones_like(view.pixel_weight), view.window)
    image, mask = view.rgba[:, :3], view.rgba[:, 3:]
    curves: Curves = {name: {} for name, cls in loss_classes().items() if not cls.missing()}
    for parameter, column in PARAMETERS.items():
        moved = [renderer.draw(_step_camera(camera, column, float(offset))) for offset in offsets]
        for name, lines in curves.items():
            objective = create_loss_objective(name)
            losses = [
                evaluate(objective, rgba[:, :3], image, rgba[:, 3:], mask, inside=view.pixel_weight, points=points)
                for rgba, points in moved
            ]
            lines[parameter] = torch.cat(losses)
    return curves


def _step_camera(camera: Camera, column: int, offset: float) -> Camera:
    step = torch.zeros(1, 6)
    step[0, column] = offset
    return retract(camera, step)


def write_table(
    path: Path, offsets: Float[Tensor, " N"], curves: Mapping[str, Mapping[str, Float[Tensor, " N"]]]
) -> None:
    """One row for each objective, parameter and step."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["objective", "parameter", "step", "loss"])
        for name, lines in curves.items():
            for parameter, losses in lines.items():
                rows = zip(offsets.tolist(), losses.tolist(), strict=True)
                writer.writerows([name, parameter, step, loss] for step, loss in rows)


def draw(path: Path, offsets: Float[Tensor, " N"], curves: Mapping[str, Mapping[str, Float[Tensor, " N"]]]) -> None:
    """A panel for each objective."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = math.ceil(len(curves) / COLUMNS)
    size = (3.2 * COLUMNS, 2.4 * rows + 0.8)
    figure, axes = pyplot.subplots(rows, COLUMNS, figsize=size, sharex=True, sharey=True, squeeze=False)
    panels = list(axes.flat)
    for panel, (name, lines) in zip(panels, curves.items(), strict=False):
        for parameter, losses in lines.items():
            scaled = (losses - losses.min()) / (losses.max() - losses.min()).clamp(min=1e-12)
            panel.plot(offsets, scaled, label=parameter, linewidth=1.2)
        panel.axvline(0, color="0.7", linewidth=0.8, zorder=0)
        panel.set_title(name, fontsize=10)
    for panel in panels[len(curves) :]:
        panel.axis("off")
    figure.supxlabel("step from the true pose: radians, object radii, logarithm of the distance", fontsize=10)
    figure.supylabel("loss, from its least to its greatest value", fontsize=10)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=len(labels), frameon=False, fontsize=10)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / size[1]))
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
