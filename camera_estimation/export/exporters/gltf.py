"""The exporter of glTF scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from camera_estimation.errors import InputError
from camera_estimation.export.exporter import Exporter, PosedImage, exporter_registry
from camera_estimation.io import write_bytes

FILE_NAME = "scene.glb"
PIXELS = 1024  # of the longer side of photographs
OFF_CENTER = (
    "a camera of glTF has no principal point: where it is off the picture's centre, the camera shows a wider frame "
    "about it, of which the photograph fills its part"
)
ZOOM = "a camera of glTF cannot zoom: where the focal length changes along a sequence, the widest is taken"
SAME_ZOOM = 1e-3  # share by which focal lengths of a sequence may differ and count as one


@exporter_registry.register("gltf")
class GltfExporter(Exporter):
    """The mesh with a camera for each image, or a moving one for a sequence, and its photograph on a plane behind."""

    description = "scene.glb: the mesh, its cameras and their photographs, for any viewer of glTF"
    one_mesh = True
    files = (FILE_NAME,)
    option_help: ClassVar[Mapping[str, str]] = {
        "pixels": f"longer side of photographs at most (default: {PIXELS})",
    }

    def write(self, images: Sequence[PosedImage], folder: Path) -> list[Path]:
        from camera_estimation.export._gltf_scene import GltfScene
        from camera_estimation.export._portable_mesh import portable_glb
        from camera_estimation.export._tracks import camera_tracks

        content, remark = portable_glb(images[0])
        if remark is not None:
            self.remark(remark)
        tracks = camera_tracks(images)
        self._tell(images)
        if any(_zooms([image.camera.focal[0, 1].item() for image in track.images]) for track in tracks):
            self.remark(ZOOM)
        scene = GltfScene(content, images[0].mesh, self._pixels())
        for track in tracks:
            scene.add_track(track)
        path = folder / FILE_NAME
        write_bytes(path, scene.content())
        return [path]

    def _tell(self, images: Sequence[PosedImage]) -> None:
        """Of what glTF cannot hold."""
        from camera_estimation.export._centered_frame import frame_about_axis
        from camera_estimation.export._pinhole_pictures import lens_remarks

        if any(frame_about_axis(image.camera).is_widened for image in images):
            self.remark(OFF_CENTER)
        for line in lens_remarks("glTF", images):
            self.remark(line)

    def _pixels(self) -> int:
        given = self.options.get("pixels", str(PIXELS))
        if not given.isdecimal() or int(given) < 1:
            raise InputError(f"--option gltf.pixels={given}: give a number of pixels, such as {PIXELS}")
        return int(given)


def _zooms(focal_lengths: Sequence[float]) -> bool:
    return max(focal_lengths) > (1 + SAME_ZOOM) * min(focal_lengths)
