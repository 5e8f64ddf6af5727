"""Estimates from images without a mask: the pose is found by image alone, and the mask follows from it.

Views slid over the frame and a first cut give candidates. They are refined, from all to few, by the colors within each
one's silhouette and on both sides of its contour (_region_refinement.py), and ranked by how they agree with the picture
(_agreement.py). The best are then estimated as if their silhouettes were rough masks (estimation/mask_hint.py).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError
from camera_estimation.estimation._silhouette import silhouette_mask
from camera_estimation.estimation.diagnosis import PictureAgreement
from camera_estimation.estimation.initialization import Initialization, normalize_given
from camera_estimation.estimation.observation import Intrinsics, camera_without_pose
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.unmasked._agreement import FINAL_SIZE, agreement, final_agreement
from camera_estimation.estimation.unmasked._assessment import assess_agreement
from camera_estimation.estimation.unmasked._masks import MASK_SIZE, rgb_array, visible_mask, with_mask
from camera_estimation.estimation.unmasked._proposals import propose_poses
from camera_estimation.estimation.unmasked._region_refinement import RegionLevel, refine_by_regions
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import SourceImage
from camera_estimation.poses import Candidates, Progress, non_maximum_suppression
from camera_estimation.search import FrameSearch
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS

# Pixels of the sides of windows in which all candidates are looked at; how many are kept, that differ by this angle in
# radians, or this many object radii.
FIRST_LOOK, FIRST_KEPT, FIRST_SEPARATION = 56, 40, 0.15
# Each level, and how many of its poses are kept.
LEVELS = (
    (RegionLevel(size=80, blur=1.5, gaps=(2.5,), iterations=3, simplified=True), 16),
    (RegionLevel(size=112, blur=1.5, gaps=(2.5, 2.0), iterations=4, simplified=True), 6),
    (RegionLevel(size=208, blur=1.0, gaps=(2.5, 1.5), iterations=4, simplified=False), 4),
)
ESTIMATED_POSES = 2
ROUNDS = 3
LEAST_GAIN = 0.02  # in agreement, for which another round is worth its time
LOSS = 0.1  # in agreement, by which an estimate may be worse than the pose that its mask is from
HOPELESS = 0.35  # less agreement than that of the best, from which a pose is not estimated
PLACES_APART = 0.7  # object radii by which poses with the same direction of view differ

# The estimate of an image that has a mask, from a world camera that is nearly right.
EstimateNear = Callable[[SourceImage, Camera], CameraEstimate]


class UnmaskedPipeline:
    """What finds the pose of one mesh in images without a mask.

    Args:
        mesh: The object.
        config: All settings.
        search: Of poses in frames, on the coarse mesh.
        focal_known: Whether the focal lengths of given poses do not count.
    """

    def __init__(self, mesh: PreparedMesh, config: Configuration, search: FrameSearch, focal_known: bool) -> None:
        self.mesh, self.config, self.search, self.focal_known = mesh, config, search, focal_known
        self.separation = math.radians(config.refinement.separation_deg)

    def estimate(
        self,
        image: SourceImage,
        intrinsics: Intrinsics,
        start: Initialization,
        estimate_near: EstimateNear,
        progress: Progress | None,
    ) -> CameraEstimate:
        """As ``CameraEstimator.estimate``; ``estimate_near`` is called with every mask that is tried."""
        began = time.perf_counter()
        if progress is not None:
            progress("segment", None)
        tried = self.refine(self.propose(image, intrinsics, start), image)
        score = self._compare(tried, image)
        poses, greatest = tried[score >= score.max() - HOPELESS][:ESTIMATED_POSES], float(score.max())
        estimates: list[CameraEstimate] = []
        for _ in range(ROUNDS):
            for index in range(len(poses)):
                estimates += self._estimate_at(poses[[index]], image, estimate_near)
            if not estimates:
                raise InputError(f"{image.path}: the object is not found; say where it is with --boxes, or give a mask")
            found = concatenate([self.mesh.normalize(estimate.camera) for estimate in estimates])
            score = self._compare(found, image)
            best = int(score.argmax())
            poses, before, greatest = found[[best]], greatest, float(score[best])
            if greatest < before + LEAST_GAIN:
                break
        answer, tried = estimates[best], concatenate([poses, found, tried])
        silhouette = silhouette_mask(self.mesh.renderer, poses, MASK_SIZE)
        picture = self._assess(tried, silhouette, image)
        return replace(
            answer,
            mask=with_mask(image, silhouette).mask,
            config=self.config,
            diagnosis=replace(answer.diagnosis, picture=picture),
            seconds={**answer.seconds, "segment": time.perf_counter() - began},
        )

    @torch.no_grad()
    def propose(self, image: SourceImage, intrinsics: Intrinsics, start: Initialization) -> Candidates:
        """Cameras of the full image: those that are given, then those that are found in it."""
        full = camera_without_pose(image, intrinsics).to(self.mesh.device, torch.float32)

        def rank(cameras: Camera) -> Float[Tensor, " B"]:
            return agreement(self.mesh.coarse_renderer, cameras, image, FIRST_LOOK)

        parts = []
        if start.given is not None:
            given = normalize_given(start.given, full, self.mesh, not self.focal_known)
            parts.append(Candidates(given, rank(given)))
        if start.given is None or start.searched != 0:
            parts.append(propose_poses(self.search, image, full, rank)[: start.searched])
        return Candidates.concatenate(parts)

    @torch.no_grad()
    def refine(self, candidates: Candidates, image: SourceImage) -> Camera:
        """The best few, refined by the picture alone, best first."""
        apart = candidates.suppress_neighbors(FIRST_KEPT, FIRST_SEPARATION, FIRST_SEPARATION)
        cameras = apart.camera if len(apart) else candidates.camera[:FIRST_KEPT]
        for level, keep in LEVELS:
            refined = refine_by_regions(self.mesh, cameras, image, level, self.config.appearance)
            renderer = self.mesh.coarse_renderer if level.simplified else self.mesh.renderer
            score = agreement(renderer, refined, image, level.size)
            kept = non_maximum_suppression(refined, score, keep, self.separation, PLACES_APART)
            # Where all of them have left the frame, those that they came from are as good as any.
            cameras = refined[kept] if kept else cameras[:keep]
        return cameras

    def _compare(self, cameras: Camera, image: SourceImage) -> Float[Tensor, " B"]:
        return final_agreement(self.mesh.renderer, cameras, image, self.config.appearance)

    def _estimate_at(self, camera: Camera, image: SourceImage, estimate_near: EstimateNear) -> list[CameraEstimate]:
        """Estimates with masks from a pose: with what is seen of the object there and, where that leads to clearly less
        agreement, with its whole silhouette: other colors may be light on it."""
        world = self.mesh.mesh.to_world(camera.to("cpu"))
        estimates = []
        for mask in self._masks_at(camera, image):
            if mask.sum() < FEWEST_OBJECT_PIXELS:
                continue
            estimates.append(estimate_near(with_mask(image, mask), world))
            found = self.mesh.normalize(estimates[-1].camera)
            before, after = self._compare(concatenate([camera.to(found.rotation), found]), image)
            if after >= before - LOSS:
                break
        return estimates

    def _masks_at(self, camera: Camera, image: SourceImage) -> Iterator[Bool[np.ndarray, "H W"]]:
        """What is seen of the object, then all of it; each is drawn when it is asked for."""
        yield visible_mask(self.mesh.renderer, camera, image)
        yield silhouette_mask(self.mesh.renderer, camera, MASK_SIZE)

    def _assess(self, every: Camera, silhouette: Bool[np.ndarray, "H W"], image: SourceImage) -> PictureAgreement:
        """What the picture says of the first of the poses, whose silhouette is given, beside the others."""
        score = agreement(self.mesh.renderer, every, replace(image, box=None), FINAL_SIZE)
        return assess_agreement(every, score, silhouette, rgb_array(image))
