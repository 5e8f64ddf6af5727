"""An objective of one's own, which scores the poses and drives the last refinement.

Usage: python examples/own_objective.py OUTPUT_DIR

This file is a file of objectives too: camera-estimate --demo --loss_file examples/own_objective.py
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch

import camera_estimation as ce

EXAMPLE = Path(ce.__file__).parent / "examples"


@ce.register_loss("example_edges")
class EdgeObjective(ce.LossObjective):
    """Differences of horizontal and vertical edges, and of the masks."""

    formula = "edges + mask_weight * masks"
    description = "colours that are off by a constant"

    def __init__(self, device: str = "cpu", mask_weight: float = 1.0) -> None:
        super().__init__(device)
        self.mask_weight = mask_weight

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs) -> torch.Tensor:
        """One value for each render of the batch ``[B, 3, H, W]``; the target is a batch of one."""
        differences = rendered_image - target_image
        edges = sum(differences.diff(dim=axis).abs().mean((1, 2, 3)) for axis in (2, 3))
        return edges + self.mask_weight * (rendered_mask - target_mask).square().mean((1, 2, 3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    output_dir = parser.parse_args().output_dir
    output_dir.mkdir(parents=True, exist_ok=True)

    loss = ce.LossConfig(name="example_edges", options={"mask_weight": 2.0}, steps=15)
    config = replace(ce.load_preset("fast"), loss=loss)
    mesh, image = ce.load_mesh(EXAMPLE / "spot.glb"), ce.load_source_image(EXAMPLE / "spot.png")
    estimate = ce.estimate_camera(mesh, image, config)
    print(f"{loss.name}: {estimate.loss:.5f}, silhouettes {estimate.silhouette_iou:.3f}")
    found = {"loss": estimate.loss, "world_to_camera": estimate.camera.world_to_camera[0].tolist()}
    (output_dir / "camera.json").write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
