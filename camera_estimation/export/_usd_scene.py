"""The mesh, cameras and photographs of a scene as a USD stage, by usd-core (the extra ``usd``)."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.export._centered_frame import frame_about_axis
from camera_estimation.export._film_back import film_back, world_from_view
from camera_estimation.export._pinhole_pictures import pinhole_file
from camera_estimation.export._tracks import CameraTrack
from camera_estimation.export._usd_mesh import (
    TEXTURE_COORDINATES,
    add_mesh,
    add_primvar,
    add_textured_material,
    asset_path,
    connect_texture,
    set_geometry,
    set_wraps,
    value_type,
)
from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh

ROOT = "/Scene"
CAMERAS = f"{ROOT}/Cameras"
BEHIND = 1.05  # times the depth of the mesh's farthest point: where photographs are
CLIP = (1e-3, 1e2)  # of the distance from the camera to the mesh's centre
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])  # of a photograph: coordinates in its texture


class UsdScene:
    """A stage with a mesh, to which cameras are added one after the other.

    Args:
        mesh: Its colors are written as textures beside the stage.
        folder: Where the stage will be.

    Raises:
        InputError: A texture cannot be written.
    """

    def __init__(self, mesh: TexturedMesh, folder: Path) -> None:
        from pxr import Usd, UsdGeom

        self._folder, self._mesh = folder, mesh
        self._stage = Usd.Stage.CreateInMemory()
        UsdGeom.SetStageUpAxis(self._stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(self._stage, 1.0)
        self._stage.SetDefaultPrim(UsdGeom.Xform.Define(self._stage, ROOT).GetPrim())
        UsdGeom.Scope.Define(self._stage, CAMERAS)
        add_mesh(self._stage, f"{ROOT}/Mesh", f"{ROOT}/Looks", mesh, folder)

    def add_track(self, track: CameraTrack) -> None:
        """A camera and its photograph behind the mesh; of a camera that moves with a sample of time for each image.

        Raises:
            InputError: A picture cannot be read any more, or a copy cannot be written.
        """
        from pxr import Gf, UsdGeom

        path = self._free_path(track.name)
        camera = UsdGeom.Camera.Define(self._stage, path)
        camera.GetPrim().SetDisplayName(track.name)
        placement, photograph = camera.AddTransformOp(), self._add_plane(f"{path}/Photograph")
        times = self._times(track)
        for image, time in zip(track.images, times, strict=True):
            placement.Set(Gf.Matrix4d(world_from_view(image.camera).T.tolist()), time)  # vectors are rows in USD
            _set_lens(camera, image.camera, time)
            photograph.show(self._corners(image.camera), self._picture(image), time)
        distance = max(self._depth_of_center(image.camera) for image in track.images)
        near, far = (share * max(distance, self._mesh.radius) for share in CLIP)
        camera.GetClippingRangeAttr().Set(Gf.Vec2f(near, far))

    def content(self) -> bytes:
        """Of the stage's file, in the binary form."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scene.usd"
            self._stage.GetRootLayer().Export(str(path))
            return path.read_bytes()

    def _times(self, track: CameraTrack) -> list[Any]:
        """Time codes of the images, which count frames from 1."""
        from pxr import Usd

        if not track.is_animated:
            return [Usd.TimeCode.Default()]
        stage = self._stage
        if not stage.HasAuthoredTimeCodeRange():
            stage.SetTimeCodesPerSecond(track.frames_per_second)
            stage.SetFramesPerSecond(track.frames_per_second)
            stage.SetStartTimeCode(1)
            stage.SetEndTimeCode(1)
        codes = [1 + time * stage.GetTimeCodesPerSecond() for time in track.times]
        stage.SetEndTimeCode(max(stage.GetEndTimeCode(), codes[-1]))
        return [Usd.TimeCode(code) for code in codes]

    def _picture(self, image: PosedImage) -> Any:
        return asset_path(pinhole_file(image, self._folder), self._folder)

    def _depth_of_center(self, camera: Camera) -> float:
        center = self._mesh.center.to(camera.rotation)
        return float(camera.rotation[0, 2] @ center + camera.translation[0, 2])

    def _corners(self, camera: Camera) -> list[tuple[float, float, float]]:
        """Of the photograph in the camera's axes, in the order of ``CORNERS``."""
        depth = BEHIND * (max(self._depth_of_center(camera), 0.0) + self._mesh.radius)
        left, right, bottom, top = (depth * side for side in frame_about_axis(camera).picture_rectangle)
        return [(left, bottom, -depth), (right, bottom, -depth), (right, top, -depth), (left, top, -depth)]

    def _free_path(self, name: str) -> str:
        from pxr import Tf

        first = path = f"{CAMERAS}/{Tf.MakeValidIdentifier(name)}"
        number = 1
        while self._stage.GetPrimAtPath(path):
            number += 1
            path = f"{first}_{number}"
        return path

    def _add_plane(self, path: str) -> _Photograph:
        from pxr import UsdGeom, UsdShade

        plane = UsdGeom.Mesh.Define(self._stage, path)
        set_geometry(plane, np.zeros((4, 3)), np.array([[0, 1, 2, 3]]))
        add_primvar(plane, TEXTURE_COORDINATES, "TexCoord2fArray", CORNERS)
        material, shader, reader = add_textured_material(self._stage, f"{path}/Look")
        set_wraps(reader, "clamp", "clamp")
        shader.CreateInput("diffuseColor", value_type("Color3f")).Set((0.0, 0.0, 0.0))
        shader.CreateInput("roughness", value_type("Float")).Set(1.0)
        connect_texture(shader, "emissiveColor", "Color3f", reader, "rgb")  # seen as it is, in any light
        UsdShade.MaterialBindingAPI.Apply(plane.GetPrim()).Bind(material)
        return _Photograph(plane, reader)


class _Photograph:
    """A plane that shows a picture, or one after the other."""

    def __init__(self, plane: Any, reader: Any) -> None:
        self._plane, self._reader = plane, reader

    def show(self, corners: list[tuple[float, float, float]], file: Any, time: Any) -> None:
        from pxr import UsdGeom

        self._plane.GetPointsAttr().Set(corners, time)
        self._plane.GetExtentAttr().Set(UsdGeom.PointBased.ComputeExtent(corners), time)
        self._reader.GetInput("file").Set(file, time)


def _set_lens(prim: Any, camera: Camera, time: Any) -> None:
    film = film_back(camera)
    prim.GetFocalLengthAttr().Set(film.lens, time)
    prim.GetHorizontalApertureAttr().Set(film.sensor_width, time)
    prim.GetVerticalApertureAttr().Set(film.sensor_height, time)
    prim.GetHorizontalApertureOffsetAttr().Set(film.shift_x * film.sensor_width, time)
    prim.GetVerticalApertureOffsetAttr().Set(film.shift_y * film.sensor_width, time)
