"""What a record needs beyond the package itself: the extra ``record``."""

from __future__ import annotations

from importlib.util import find_spec

from camera_estimation.errors import InputError

PACKAGES = {"tensorboard": "tensorboard", "imageio_ffmpeg": "imageio-ffmpeg"}  # module: package


def check_recordable() -> None:
    """Check that what a record needs is installed.

    Raises:
        InputError: Something is not, or imageio-ffmpeg has no ffmpeg here.
    """
    lacking = [package for module, package in PACKAGES.items() if find_spec(module) is None]
    if lacking:
        raise InputError(
            f"--record needs {' and '.join(lacking)}, not installed here: pip install 'camera-estimation[record]'"
        )
    import imageio_ffmpeg

    try:
        imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError:
        raise InputError(
            "--record needs ffmpeg, which imageio-ffmpeg does not bring for this machine: install ffmpeg"
        ) from None
