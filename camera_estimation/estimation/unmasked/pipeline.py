"""Estimates from images without a mask: the pose is found by image alone, and the mask follows from it.

Views slid over the frame give candidates, to which those of a first cut are added; they are refined by color alone.
Each of the best is then estimated with two masks: its own silhouette, and what GrabCut makes of it, which is nearer to
the truth where the object stands out and further from it among things of its colors. Which pose is kept depends on no
mask (_agreement.py), and from it the mask is made again until nothing is gained.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.initialization import Initialization, normalize_given
from camera_estimation.estimation.observation import Intrinsics, camera_without_pose, free_focal
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.unmasked._agreement import agreement
from camera_estimation.estimation.unmasked._assessment import assess_agreement
from camera_estimation.geometry import Camera, FocalPrior, concatenate
from camera_estimation.images import (
    ESTIMATED,
    SourceImage,
    TargetView,
    first_box,
    frame_view,
    make_target,
)
from camera_estimation.losses import PoseScorer
from camera_estimation.poses import Progress, non_maximum_suppression
from camera_estimation.refinement import refine
from camera_estimation.rendering import Renderer
from camera_estimation.search import ViewpointSearch, search_frame
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, grabcut_from_box, grabcut_from_silhouette

SEARCHED_SIZE = 96  # pixels of the frame's longer side
CANDIDATES, FROM_CUT = 40, 8
COARSE_KEPT, FINE_SIZE, FINE_KEPT = 12, 192, 4
ITERATIONS = 10
# Weight of a pixel that the object does not cover, as if all of the frame were object: it costs as much as a difference
# in color of 0.2. Without it smaller objects, with less to explain, cost less. On photographs 0.4 drove objects far
# beyond their outlines, and with 0.05 their distances were further off.
UNCOVERED_WEIGHT = 0.15
WINDOW_SIZE = 256  # pixels of the longer side of a window about a pose, where it is refined last by color
ESTIMATED_POSES = 2
ROUNDS = 2
LEAST_GAIN = 0.01  # in agreement, for which another round is worth its time

# The estimate of an image that has a mask, from a world camera that is nearly right.
EstimateNear = Callable[[SourceImage, Camera], CameraEstimate]


class UnmaskedPipeline:
    """What finds the pose of one mesh in images without a mask.

    Args:
        mesh: The object.
        config: All settings.
        search: Of viewpoints, on the coarse mesh.
        focal: What is expected of the focal length; None: it is known.
    """

    def __init__(
        self, mesh: PreparedMesh, config: Configuration, search: ViewpointSearch, focal: FocalPrior | None
    ) -> None:
        self.mesh, self.config, self.search, self.focal = mesh, config, search, focal
        self.by_color = replace(config.appearance, silhouette_weight=UNCOVERED_WEIGHT)
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
        poses = self.refine(self.propose(image, intrinsics, start), image)
        frame = frame_view(image, FINE_SIZE, self.mesh.device)
        best: CameraEstimate | None = None
        tried = list(singly(poses))
        greatest = -math.inf
        for _ in range(ROUNDS):
            before = greatest
            for masked, camera in self.segment(poses, image):
                found = estimate_near(masked, self.mesh.mesh.to_world(camera.to("cpu")))
                tried.append(self.mesh.normalize(found.camera))
                agrees = float(self._agreement(tried[-1], frame))
                if best is None or agrees > greatest:
                    best, greatest = replace(found, mask=masked.mask), agrees
            assert best is not None
            if greatest < before + LEAST_GAIN:
                break
            poses = self.mesh.normalize(best.camera)
        assert best is not None
        best = self._assess(best, tried, frame, image)
        return replace(best, config=self.config, seconds={**best.seconds, "segment": time.perf_counter() - began})

    @torch.no_grad()
    def propose(self, image: SourceImage, intrinsics: Intrinsics, start: Initialization) -> Camera:
        """Cameras of the full image: those that are given, then of views slid over the frame and of a first cut."""
        full = camera_without_pose(image, intrinsics).to(self.mesh.device, torch.float32)
        candidates = (
            [] if start.given is None else [normalize_given(start.given, full, self.mesh, self.focal is not None)]
        )
        if not candidates or start.searched != 0:
            candidates.append(self._search(image, full)[: start.searched])
        return concatenate(candidates)

    @torch.no_grad()
    def refine(self, cameras: Camera, image: SourceImage) -> Camera:
        """The best few, refined by color alone: in the frame, coarse to fine, then in a window about each."""
        renderers = (self.mesh.coarse_renderer, self.mesh.renderer)
        sizes, blurs, keeps = (SEARCHED_SIZE, FINE_SIZE), (1.5, 1.0), (COARSE_KEPT, FINE_KEPT)
        for size, blur, keep, renderer in zip(sizes, blurs, keeps, renderers, strict=True):
            view = frame_view(image, size, self.mesh.device)
            refined = self._refine_by_color(renderer, cameras, image, view, blur)
            score = agreement(renderer.draw(view.camera(refined))[0], view.rgba)
            kept = non_maximum_suppression(refined, score, keep, self.separation)
            # Where all of them have left the frame, those that they came from are as good as any.
            cameras = refined[kept] if kept else cameras[:keep]
        refined = concatenate([cameras, *(self._refine_in_window(camera, image) for camera in singly(cameras))])
        score = self._agreement(refined, frame_view(image, FINE_SIZE, self.mesh.device))
        kept = non_maximum_suppression(refined, score, ESTIMATED_POSES, self.separation)
        return refined[kept] if kept else refined[:ESTIMATED_POSES]

    def segment(self, cameras: Camera, image: SourceImage) -> Iterator[tuple[SourceImage, Camera]]:
        """The image with each of the masks that a pose gives, and that pose."""
        for camera in singly(cameras):
            silhouette = self._silhouette(camera, image)
            for mask in (silhouette, grabcut_from_silhouette(rgb_array(image), silhouette)):
                if mask.sum() >= FEWEST_OBJECT_PIXELS:
                    yield with_mask(image, mask), camera

    def _search(self, image: SourceImage, full: Camera) -> Camera:
        """Candidates of the full image, from views slid over the frame and from a first cut."""
        view = frame_view(image, SEARCHED_SIZE, self.mesh.device)
        slid = search_frame(self.search, view.rgba, view.camera(full), CANDIDATES)
        found = [view.full_camera(slid.camera, full.width, full.height)]
        cut = grabcut_from_box(rgb_array(image), first_box(image))
        if cut.sum() >= FEWEST_OBJECT_PIXELS:
            target = make_target(with_mask(image, cut), self.mesh.device).view(SEARCHED_SIZE)
            shaped = self.search(target.rgba, target.camera(full), partial=True)
            found.append(target.full_camera(shaped.camera[:FROM_CUT], full.width, full.height))
        return concatenate(found)

    def _refine_in_window(self, camera: Camera, image: SourceImage) -> Camera:
        """Refined by color where the image shows more detail than the frame at its size does."""
        silhouette = self._silhouette(camera, image)
        if not silhouette.any():
            return camera
        window = np.zeros_like(silhouette)
        rows, columns = np.flatnonzero(silhouette.any(1)), np.flatnonzero(silhouette.any(0))
        window[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        target = make_target(with_mask(image, window), self.mesh.device)
        return self._refine_by_color(self.mesh.renderer, camera, image, target.view(WINDOW_SIZE), 1.0)

    def _refine_by_color(
        self, renderer: Renderer, cameras: Camera, image: SourceImage, view: TargetView, blur: float
    ) -> Camera:
        """Cameras of the full image refined, and given back as such."""
        refined = refine(
            renderer,
            view.camera(cameras),
            PoseScorer(view, blur, self.by_color),
            ITERATIONS,
            focal=free_focal(self.focal, image, view),
            up=self.mesh.up,
        )
        return view.full_camera(refined.camera, cameras.width, cameras.height)

    @torch.no_grad()
    def _silhouette(self, camera: Camera, image: SourceImage) -> Bool[np.ndarray, "H W"]:
        full = replace(camera, width=image.width, height=image.height)
        return (self.mesh.renderer.draw(full)[0][0, 3] >= 0.5).cpu().numpy()

    def _assess(
        self, best: CameraEstimate, tried: Sequence[Camera], frame: TargetView, image: SourceImage
    ) -> CameraEstimate:
        """The estimate with what the picture says of it, beside the other poses that were tried."""
        answer = self.mesh.normalize(best.camera)
        every = concatenate([answer, *tried])
        silhouette = self._silhouette(answer, image)
        picture = assess_agreement(every, self._agreement(every, frame), silhouette, rgb_array(image))
        return replace(best, diagnosis=replace(best.diagnosis, picture=picture))

    @torch.no_grad()
    def _agreement(self, cameras: Camera, view: TargetView) -> Float[Tensor, " B"]:
        return agreement(self.mesh.renderer.draw(view.camera(cameras))[0], view.rgba)


def rgb_array(image: SourceImage) -> UInt8[np.ndarray, "H W 3"]:
    """The picture's colors."""
    return np.ascontiguousarray(image.rgb.permute(1, 2, 0).numpy())


def with_mask(image: SourceImage, mask: Bool[np.ndarray, "H W"]) -> SourceImage:
    """The same picture with a mask that was estimated."""
    return replace(image, mask=torch.from_numpy(255 * mask.astype(np.uint8))[None], mask_source=ESTIMATED)


def singly(cameras: Camera) -> Iterator[Camera]:
    """The batches of one that a batch is made of."""
    return (cameras[index : index + 1] for index in range(len(cameras)))
