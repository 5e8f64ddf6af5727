"""Estimates from images without a mask: the pose is found by image alone, and the mask follows from it.

Views slid over the frame give candidates, to which those of a first cut are added; they are refined by colour alone.
Each of the best is then estimated with two masks: its own silhouette, and what GrabCut makes of it, which is nearer to
the truth where the object stands out and further from it among things of its colours. Which pose is kept depends on no
mask (estimation/unmasked/agreement.py), and from it the mask is made again until nothing is gained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from camera_estimation.estimation.explained_image import camera_without_pose
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.unmasked.agreement import agreement
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import (
    ESTIMATED,
    SourceImage,
    TargetView,
    first_box,
    frame_view,
    make_target,
)
from camera_estimation.poses import non_maximum_suppression
from camera_estimation.refinement import refine
from camera_estimation.rendering import Renderer
from camera_estimation.search import search_frame
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, grabcut_from_box, grabcut_from_silhouette

if TYPE_CHECKING:
    from camera_estimation.estimation.estimator import CameraEstimator, Intrinsics
    from camera_estimation.poses import Progress

SEARCHED_SIZE = 96  # pixels of the frame's longer side
CANDIDATES, FROM_CUT = 40, 8
COARSE_KEPT, FINE_SIZE, FINE_KEPT = 12, 192, 4
ITERATIONS = 10
# Weight of a pixel that the object does not cover, as if all of the frame were object: it costs as much as a difference
# in colour of 0.2. Without it smaller objects, with less to explain, cost less. On photographs 0.4 drove objects far
# beyond their outlines, and with 0.05 their distances were further off.
UNCOVERED_WEIGHT = 0.15
WINDOW_SIZE = 256  # pixels of the longer side of a window about a pose, where it is refined last by colour
ESTIMATED_POSES = 2
ROUNDS = 2
LEAST_GAIN = 0.01  # in agreement, for which another round is worth its time


class UnmaskedEstimator:
    """What finds the pose in images without a mask, for one ``CameraEstimator``."""

    def __init__(self, estimator: CameraEstimator) -> None:
        config = estimator.config
        # Masks that are not exact show hidden areas, and bends, that are not there.
        quality = "exact" if config.refinement.mesh_quality == "auto" else config.refinement.mesh_quality
        self.whole = estimator
        self.inner = estimator.with_refinement(replace(config.refinement, occlusion="on", mesh_quality=quality))
        self.search = estimator.viewpoints
        self.by_color = replace(config.appearance, silhouette_weight=UNCOVERED_WEIGHT)

    def estimate(
        self,
        image: SourceImage,
        intrinsics: Intrinsics,
        initial: Camera | None,
        searched: int | None,
        progress: Progress | None,
    ) -> CameraEstimate:
        """As ``CameraEstimator.estimate``."""
        start = time.perf_counter()
        if progress is not None:
            progress("segment", None)
        full = camera_without_pose(image, intrinsics).to(self.whole.device, torch.float32)
        candidates = [] if initial is None else [self.whole.given(initial, full)]
        if not candidates or searched != 0:
            candidates.append(self._searched(image, full)[:searched])
        poses = self._refined(concatenate(candidates), image, full)
        frame = frame_view(image, FINE_SIZE, self.whole.device)
        best: list[CameraEstimate] = []
        greatest = -math.inf
        for _ in range(ROUNDS):
            before = greatest
            for masked, camera in self._segmented(poses, image):
                world = self.whole.mesh.to_world(camera.to("cpu"))
                found = self.inner.estimate(
                    masked, intrinsics=intrinsics, initial=world, searched=0, nearly_right=True, progress=progress
                )
                agrees = float(self._agreement(self._normalized(found.camera), frame))
                if not best or agrees > greatest:
                    best, greatest = [replace(found, mask=masked.mask)], agrees
            if greatest < before + LEAST_GAIN:
                break
            poses = self._normalized(best[0].camera)
        seconds = {**best[0].seconds, "segment": time.perf_counter() - start}
        return replace(best[0], config=self.whole.config, seconds=seconds)

    @torch.no_grad()
    def _searched(self, image: SourceImage, full: Camera) -> Camera:
        """Candidates of the full image, from views slid over the frame and from a first cut."""
        view = frame_view(image, SEARCHED_SIZE, self.whole.device)
        slid = search_frame(self.search, view.rgba, view.camera(full), CANDIDATES)
        found = [view.full_camera(slid.camera, full.width, full.height)]
        cut = grabcut_from_box(rgb_array(image), first_box(image))
        if cut.sum() >= FEWEST_OBJECT_PIXELS:
            target = make_target(with_mask(image, cut), self.whole.device).view(SEARCHED_SIZE)
            shaped = self.search(target.rgba, target.camera(full), partial=True)
            found.append(target.full_camera(shaped.camera[:FROM_CUT], full.width, full.height))
        return concatenate(found)

    @torch.no_grad()
    def _refined(self, cameras: Camera, image: SourceImage, full: Camera) -> Camera:
        """The best few, refined by colour alone: in the frame, coarse to fine, then in a window about each."""
        config, renderers = self.whole.config, (self.whole.coarse_renderer, self.whole.renderer)
        sizes, blurs, keeps = (SEARCHED_SIZE, FINE_SIZE), (1.5, 1.0), (COARSE_KEPT, FINE_KEPT)
        separation = math.radians(config.refinement.separation_deg)
        for size, blur, keep, renderer in zip(sizes, blurs, keeps, renderers, strict=True):
            view = frame_view(image, size, self.whole.device)
            moved = self._by_color(renderer, cameras, view, blur)
            score = agreement(renderer.draw(view.camera(moved))[0], view.rgba)
            kept = non_maximum_suppression(moved, score, keep, separation)
            # Where all of them have left the frame, those that they came from are as good as any.
            cameras = moved[kept] if kept else cameras[:keep]
        refined = concatenate([cameras, *(self._in_window(camera, image) for camera in singly(cameras))])
        score = self._agreement(refined, frame_view(image, FINE_SIZE, self.whole.device))
        kept = non_maximum_suppression(refined, score, ESTIMATED_POSES, separation)
        return refined[kept] if kept else refined[:ESTIMATED_POSES]

    def _in_window(self, camera: Camera, image: SourceImage) -> Camera:
        """Refined by colour where the image shows more detail than the frame at its size does."""
        silhouette = self._silhouette(camera, image)
        if not silhouette.any():
            return camera
        window = np.zeros_like(silhouette)
        rows, columns = np.flatnonzero(silhouette.any(1)), np.flatnonzero(silhouette.any(0))
        window[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        target = make_target(with_mask(image, window), self.whole.device)
        return self._by_color(self.whole.renderer, camera, target.view(WINDOW_SIZE), 1.0)

    def _by_color(self, renderer: Renderer, cameras: Camera, view: TargetView, blur: float) -> Camera:
        """Cameras of the full image refined, and given back as such."""
        config = self.whole.config
        refined = refine(
            renderer,
            view.camera(cameras),
            view,
            ITERATIONS,
            blur,
            optimize_focal=config.camera.optimize_fov,
            up=self.whole.up,
            appearance=self.by_color,
        )
        return view.full_camera(refined.camera, cameras.width, cameras.height)

    def _segmented(self, cameras: Camera, image: SourceImage) -> Iterator[tuple[SourceImage, Camera]]:
        """The image with each of the masks that a pose gives, and that pose."""
        for camera in singly(cameras):
            silhouette = self._silhouette(camera, image)
            for mask in (silhouette, grabcut_from_silhouette(rgb_array(image), silhouette)):
                if mask.sum() >= FEWEST_OBJECT_PIXELS:
                    yield with_mask(image, mask), camera

    @torch.no_grad()
    def _silhouette(self, camera: Camera, image: SourceImage) -> Bool[np.ndarray, "H W"]:
        full = replace(camera, width=image.width, height=image.height)
        return (self.whole.renderer.draw(full)[0][0, 3] >= 0.5).cpu().numpy()

    @torch.no_grad()
    def _agreement(self, cameras: Camera, view: TargetView) -> Float[Tensor, " B"]:
        return agreement(self.whole.renderer.draw(view.camera(cameras))[0], view.rgba)

    def _normalized(self, world: Camera) -> Camera:
        return self.whole.mesh.to_normalized(world).to(self.whole.device, torch.float32)


def rgb_array(image: SourceImage) -> UInt8[np.ndarray, "H W 3"]:
    return np.ascontiguousarray(image.rgb.permute(1, 2, 0).numpy())


def with_mask(image: SourceImage, mask: Bool[np.ndarray, "H W"]) -> SourceImage:
    """The same picture with a mask that was estimated."""
    return replace(image, mask=torch.from_numpy(255 * mask.astype(np.uint8))[None], mask_source=ESTIMATED)


def singly(cameras: Camera) -> Iterator[Camera]:
    """The batches of one that a batch is made of."""
    return (cameras[index : index + 1] for index in range(len(cameras)))
