"""The mesh, cameras and photographs of a scene as one GLB file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from camera_estimation.export._camera_motion import CameraMotion, camera_motion
from camera_estimation.export._centered_frame import CenteredFrame, frame_about_axis
from camera_estimation.export._glb_editor import GlbEditor
from camera_estimation.export._pinhole_pictures import pinhole_pixels
from camera_estimation.export._tracks import CameraTrack
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.pictures import is_plain_picture
from camera_estimation.mesh import TexturedMesh

UNLIT = "KHR_materials_unlit"
NEAR_PLANE = 1e-3  # of the distance from the camera to the mesh's centre
BEHIND = 1.05  # times the depth of the mesh's farthest point: where photographs are
JPEG_QUALITY = 90
OPAQUE = 255
LINEAR, CLAMP_TO_EDGE = 9729, 33071
CORNERS = np.array([[-0.5, -0.5, 0.0], [0.5, -0.5, 0.0], [0.5, 0.5, 0.0], [-0.5, 0.5, 0.0]])
CORNER_UV = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
CORNER_ORDER = np.array([0, 1, 2, 0, 2, 3])  # seen from the camera, counter-clockwise: from behind it is not drawn
WIDENED = " (wider than the picture)"


class GltfScene:
    """Cameras and their photographs, added to a mesh one after the other.

    Args:
        content: A GLB file of the mesh with one scene and one buffer.
        mesh: The same.
        pixels: The longer side of photographs at most.
    """

    def __init__(self, content: bytes, mesh: TexturedMesh, pixels: int) -> None:
        self._glb, self._mesh, self._pixels = GlbEditor(content), mesh, pixels
        self._glb.use_extension(UNLIT)
        self._sampler = self._glb.add(
            "samplers", {"magFilter": LINEAR, "minFilter": LINEAR, "wrapS": CLAMP_TO_EDGE, "wrapT": CLAMP_TO_EDGE}
        )
        self._plane = {
            "attributes": {
                "POSITION": self._glb.add_numbers(CORNERS, bounds=True),
                "TEXCOORD_0": self._glb.add_numbers(CORNER_UV),
            },
            "indices": self._glb.add_indices(CORNER_ORDER),
        }
        self._channels: list[dict[str, Any]] = []
        self._samplers: list[dict[str, Any]] = []

    def add_track(self, track: CameraTrack) -> None:
        """A camera node with the photographs of its images before it, each at its time.

        Raises:
            InputError: A picture cannot be read any more.
        """
        frames = [frame_about_axis(image.camera) for image in track.images]
        motion = camera_motion(track)
        depth = max(self._depth_of_center(image) for image in track.images)
        widened = any(frame.is_widened for frame in frames)
        name = track.name + (WIDENED if widened else "")
        perspective = {**_perspective(frames), "znear": NEAR_PLANE * max(depth, self._mesh.radius)}
        camera = self._glb.add("cameras", {"name": name, "type": "perspective", "perspective": perspective})
        photographs = [self._add_photograph(image, frame) for image, frame in zip(track.images, frames, strict=True)]
        node = {"name": name, "camera": camera, **_placement(motion, 0), "children": photographs}
        extras = {"image": track.images[0].image_path.name, **frames[0].extras}
        camera_node = self._glb.add("nodes", {**node, "extras": extras})
        self._glb.tree["scenes"][0].setdefault("nodes", []).append(camera_node)
        if track.is_animated:
            self._animate(camera_node, photographs, motion, track.times)

    def content(self) -> bytes:
        """Of the GLB file."""
        self._glb.tree["scene"] = 0
        if self._channels:
            animation = {"name": "cameras", "channels": self._channels, "samplers": self._samplers}
            self._glb.add("animations", animation)
        return self._glb.content()

    def _depth_of_center(self, image: PosedImage) -> float:
        camera = image.camera
        center = self._mesh.center.to(camera.rotation)
        return float(camera.rotation[0, 2] @ center + camera.translation[0, 2])

    def _add_photograph(self, image: PosedImage, frame: CenteredFrame) -> int:
        """A plane behind the mesh that fills the picture's part of the frame; returns its node."""
        glb, content = self._glb, _jpeg(image, self._pixels)
        view = glb.add_view(content)
        texture = {"sampler": self._sampler}
        texture["source"] = glb.add("images", {"name": image.name, "bufferView": view, "mimeType": "image/jpeg"})
        look = {"baseColorTexture": {"index": glb.add("textures", texture)}, "metallicFactor": 0.0}
        material = {"name": image.name, "pbrMetallicRoughness": look, "extensions": {UNLIT: {}}}
        primitive = {**self._plane, "material": glb.add("materials", material)}
        mesh = glb.add("meshes", {"name": f"photograph {image.name}", "primitives": [primitive]})
        depth = BEHIND * (max(self._depth_of_center(image), 0.0) + self._mesh.radius)
        left, right, bottom, top = (depth * side for side in frame.picture_rectangle)
        node = {"name": f"photograph {image.name}", "mesh": mesh, "scale": [right - left, top - bottom, 1.0]}
        return glb.add("nodes", {**node, "translation": [(left + right) / 2, (bottom + top) / 2, -depth]})

    def _animate(self, camera: int, photographs: Sequence[int], motion: CameraMotion, times: Sequence[float]) -> None:
        moments = self._glb.add_numbers(np.array(times)[:, None], bounds=True)
        self._add_channel(camera, "translation", moments, self._glb.add_numbers(motion.location), "LINEAR")
        self._add_channel(camera, "rotation", moments, self._glb.add_numbers(motion.quaternion), "LINEAR")
        for place, photograph in enumerate(photographs):
            shown, hidden = self._glb.tree["nodes"][photograph]["scale"], [0.0, 0.0, 0.0]
            steps = [(times[place], shown)]
            if place > 0:
                steps.insert(0, (0.0, hidden))
            if place + 1 < len(times):
                steps.append((times[place + 1], hidden))
            moments = self._glb.add_numbers(np.array([[time] for time, _ in steps]), bounds=True)
            scales = self._glb.add_numbers(np.array([scale for _, scale in steps]))
            self._add_channel(photograph, "scale", moments, scales, "STEP")

    def _add_channel(self, node: int, path: str, times: int, values: int, interpolation: str) -> None:
        self._samplers.append({"input": times, "output": values, "interpolation": interpolation})
        self._channels.append({"sampler": len(self._samplers) - 1, "target": {"node": node, "path": path}})


def _perspective(frames: Sequence[CenteredFrame]) -> dict[str, float]:
    """Of a camera that shows as much as each of the frames: glTF's cannot zoom."""
    downs = [np.tan(frame.perspective["yfov"] / 2) for frame in frames]
    across = max(down * frame.perspective["aspectRatio"] for down, frame in zip(downs, frames, strict=True))
    return {"yfov": float(2 * np.arctan(max(downs))), "aspectRatio": float(across / max(downs))}


def _placement(motion: CameraMotion, place: int) -> dict[str, list[float]]:
    return {"translation": motion.location[place].tolist(), "rotation": motion.quaternion[place].tolist()}


def _jpeg(image: PosedImage, longest: int) -> bytes:
    """The picture before white where it is clear, no side longer than ``longest``; its own file where that will do."""
    size = max(image.camera.width, image.camera.height)
    if size <= longest and image.lens is None and is_plain_picture(image.image_path, ("JPEG",)):
        return image.image_path.read_bytes()
    pixels = pinhole_pixels(image)
    picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    if (pixels[..., 3:] < OPAQUE).any():
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=Image.fromarray(np.ascontiguousarray(pixels[..., 3])))
        picture = ground
    picture.thumbnail((longest, longest))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()
