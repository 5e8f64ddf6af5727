"""Weighs what tells near views from others when views are slid over photographs (search/_frame_templates.py).

Of each image of the sets, views are slid about the true place, as they are about each place that is found. A
conditional logit then tells the best of those that are near the true pose from the others; its weights are printed,
divided by that of edges, with the ranks that they give images of meshes left out of the fit.

    python scripts/fit_frame_search.py DATA wild_dev real
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation import CameraEstimator, load_mesh, load_unmasked_image
from camera_estimation.geometry import Camera, make_camera, rotmat_geodesic_distance
from camera_estimation.images import frame_view, silhouette_boxes
from camera_estimation.search._frame_templates import WEIGHTS, patches_of, template_features
from camera_estimation.search.canonical import roll_rotations
from camera_estimation.search.frame_search import PLACE, FrameSearch, Grid

FRAME_SIZE = 128  # pixels, as where it is used
NEAR = (0.38, 0.5, 0.35)  # radians; object radii aside; logarithm of the distance
FAR = 0.6  # radians from which a view is another
HARDEST, RANDOM = 3000, 3000  # of the others, of each size of silhouettes
SHARPNESS, RIDGE = 10.0, 0.01
ITERATIONS = 80
FIRST = 20


@dataclass(frozen=True)
class Slid:
    """Features of views that were slid over one image, and which are near the truth."""

    mesh: str
    features: Float[Tensor, "N F"]
    near: Bool[Tensor, " N"]


@torch.no_grad()
def slide(search: FrameSearch, image_path: Path, mesh: str, truth: Camera) -> Slid | None:
    """About the true place; None where the object is not seen."""
    image = load_unmasked_image(image_path)
    frame = frame_view(image, None, FRAME_SIZE, truth.device)
    (box,) = silhouette_boxes(search.search.renderer.draw(frame.camera(truth))[0][:, 3:])
    if box is None:
        return None
    scale = frame.window[2] / frame.rgba.shape[-1]
    left, top, right, bottom = (scale * side for side in box)
    view = frame_view(image, (left, top, right, bottom), FRAME_SIZE, truth.device)
    camera = view.camera(truth)
    parts = [slide_grid(search, grid, view.rgba, camera) for grid in search.grids_about(camera, camera)]
    features, near = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return Slid(mesh, features, near)


def slide_grid(
    search: FrameSearch, grid: Grid, frame: Float[Tensor, "1 4 H W"], truth: Camera
) -> tuple[Float[Tensor, "N F"], Bool[Tensor, " N"]]:
    """Features of views of one size, all near ones and some of the others, and which are near."""
    library, templates = search.templates_for(grid.size, PLACE)
    aims = (roll_rotations(PLACE.rolls, truth.device)[:, None] @ grid.aim).flatten(0, 1)
    patches = patches_of(frame, truth, aims, grid.size)
    named = {name: value.clone() for name, value in template_features(templates, patches)}
    values = torch.stack([named[name] for name in WEIGHTS], dim=-1)
    ticks = torch.meshgrid(*map(torch.arange, values.shape[:2]), indexing="ij")
    views, places = (index.flatten() for index in ticks)
    sizes = torch.full((len(views),), grid.size)
    poses = library.poses(PLACE.stride_in(library) * views, truth, aims[places], sizes)
    angle = rotmat_geodesic_distance(poses.rotation, truth.rotation.expand_as(poses.rotation))
    aside = (_place(poses) - _place(truth)).norm(dim=1) * truth.translation[0, 2]
    deeper = (poses.translation[:, 2] / truth.translation[0, 2]).log().abs()
    right = (angle < NEAR[0]) & (aside < NEAR[1]) & (deeper < NEAR[2])
    flat = values.flatten(0, 1)
    score = flat @ torch.tensor(list(WEIGHTS.values()))
    others = (angle > FAR).nonzero()[:, 0]
    hardest = others[score[others].topk(min(HARDEST, len(others))).indices]
    kept = torch.cat([right.nonzero()[:, 0], hardest, others[torch.randperm(len(others))[:RANDOM]]])
    return flat[kept], right[kept]


def _place(camera: Camera) -> Float[Tensor, "B 2"]:
    return camera.translation[:, :2] / camera.translation[:, 2:]


def slide_set(folder: Path) -> list[Slid]:
    """All images of a set with ground truth."""
    intrinsics = json.loads((folder / "intrinsics.json").read_text())
    found, search, last = [], None, ""
    for row in csv.DictReader((folder / "pairs.csv").open()):
        if row["mesh"] != last or search is None:
            estimator, last = CameraEstimator(load_mesh(folder / row["mesh"])), row["mesh"]
            search = estimator.frame_search
        values = intrinsics[Path(row["image"]).name]
        pose = json.loads((folder / row["gt"]).read_text())["world_to_camera"]
        known = torch.tensor([values[key] for key in ("fx", "fy", "cx", "cy")], dtype=torch.float64)
        world = make_camera(torch.tensor([pose], dtype=torch.float64), known, values["width"], values["height"])
        slid = slide(search, folder / row["image"], last, estimator.mesh.to_normalized(world).to(torch.float32))
        if slid is not None and slid.near.any():
            found.append(slid)
    return found


def fit(images: list[Slid]) -> Float[Tensor, " F"]:
    """Weights under which the best near view is told from the others."""
    weights = torch.zeros(len(WEIGHTS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = RIDGE * weights.square().sum()
        for image in images:
            score = SHARPNESS * image.features @ weights
            total = total - (score[image.near].logsumexp(0) - score.logsumexp(0)) / len(images)
        total.backward()
        return total

    optimizer.step(loss)
    return weights.detach()


def rank(image: Slid, weights: Float[Tensor, " F"]) -> int:
    """How many of the others are before the best near view."""
    score = image.features @ weights
    return int((score[~image.near] > score[image.near].max()).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the sets")
    parser.add_argument("sets", nargs="+", help="folders in it with pairs.csv (mesh, image, gt) and intrinsics.json")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    images = [slid for name in arguments.sets for slid in slide_set(arguments.data / name)]
    weights = fit(images)
    print(json.dumps({name: round(float(value / weights[0]), 3) for name, value in zip(WEIGHTS, weights, strict=True)}))
    left_out = {
        mesh: fit([image for image in images if image.mesh != mesh]) for mesh in {image.mesh for image in images}
    }
    now = torch.tensor(list(WEIGHTS.values()))
    for title, ranks in (
        ("weights now", [rank(image, now) for image in images]),
        ("fitted, meshes left out", [rank(image, left_out[image.mesh]) for image in images]),
    ):
        print(
            f"{title}: of {len(ranks)} images {sum(place < 20 for place in ranks)} have a near view among the first 20"
        )


if __name__ == "__main__":
    main()
