"""Runs for the report: posed boxes whose pictures the renderer drew, with alternatives, failures and odd names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from camera_estimation.dataset.pairing import Sample
from camera_estimation.export.exporter import BENT_OVERLAY_NAME, RunContext
from camera_estimation.export.report.collector import ReportCollector
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.images.loading import load_source_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.visualization.frame_render import render_frame
from tests.support.runs import turned
from tests.support.small_samples import camera_around_box, estimate_of, write_box, write_disc

ODD_NAME = "<script>alert('x')</script> \"quoted\" & </script>"
WIDTH, HEIGHT = 320, 240


class PictureRun:
    """A run of a box, in memory: its entries, and the collector of its page."""

    def __init__(self, folder: Path, count: int = 5) -> None:
        self.folder = folder
        self.mesh_path = write_box(folder / "box.glb")
        self.mesh = load_mesh(self.mesh_path)
        self.renderer = Renderer(self.mesh)
        self.cameras = [turned(camera_around_box(WIDTH, HEIGHT), 15.0 * place) for place in range(count)]
        names = [ODD_NAME, *(f"box_{place:03d}" for place in range(1, count))]
        image = load_source_image(write_disc(folder / "images" / "disc.png", WIDTH, HEIGHT, 60))
        self.entries: list[dict[str, Any]] = []
        self.collector = ReportCollector(count, 1)
        for place, (name, camera) in enumerate(zip(names, self.cameras, strict=True)):
            sample = Sample(name, self.mesh_path, folder / "images" / f"{place:03d}.png")
            entry = pose_entry(sample, estimate_of(image, camera=camera), self.mesh)
            self.entries.append({**entry, "alternatives": [_alternative(entry, turned(camera, 180.0))]})
            self.collector.add(name, *self.pictures_of(camera))
            self.collector.add_mesh(name, self.mesh_path, lambda: self.mesh)
        failed = Sample("broken", self.mesh_path, folder / "images" / "none.png")
        self.entries.append(failure_entry(failed, "none.png: shows no object; give its mask <with> --masks_dir"))

    def pictures_of(self, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A picture that the render explains whole: source, render and mask."""
        render = render_frame(self.renderer, camera)
        shares = render[..., 3:] / 255.0
        source = (render[..., :3] * shares + 60 * (1 - shares)).astype(np.uint8)
        return source, render, render[..., 3]

    def bend(self, place: int) -> None:
        """Give a sample an overlay of its mesh as it was bent: plain red."""
        name, folder = self.entries[place]["name"], self.folder / "bent"
        folder.mkdir()
        Image.new("RGB", (WIDTH, HEIGHT), (255, 0, 0)).save(folder / BENT_OVERLAY_NAME)
        self.entries[place]["deformation"] = 0.03
        self.collector.add(name, *self.pictures_of(self.cameras[place]), folder)

    def context(self, **record: Any) -> RunContext:
        return RunContext(self.folder, self.entries, record)

    def repeat(self, count: int, filler: str) -> None:
        """As many samples of the same picture, whose source is as long as ``filler`` makes it."""
        entry, pictures = self.entries[1], self.collector.pictures[self.entries[1]["name"]]
        long = replace(pictures, source=pictures.source + filler)
        self.entries = [_named(entry, place) for place in range(count)]
        key = self.collector.mesh_of[entry["name"]]
        self.collector.mesh_of = {each["name"]: key for each in self.entries}
        self.collector.pictures = {each["name"]: long if place else pictures for place, each in enumerate(self.entries)}


def _named(entry: Mapping[str, Any], place: int) -> dict[str, Any]:
    confidence = (place * 37 % 100) / 100
    verdict = "good" if confidence >= 0.8 else "doubtful" if confidence >= 0.3 else "wrong"
    return {**entry, "name": f"made up {place:04d}", "confidence": confidence, "verdict": verdict}


def _alternative(entry: Mapping[str, Any], camera: Camera) -> dict[str, Any]:
    numbers = {"loss": 0.4, "silhouette_iou": 0.8, "angle_deg": 180.0, "evidence": 5.0}
    return {**camera_values(camera), "orbit": entry["orbit"], **numbers}
