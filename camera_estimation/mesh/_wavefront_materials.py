"""Material libraries of Wavefront OBJ files (MTL): colors, textures and opacity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from camera_estimation.io import read_content
from camera_estimation.mesh._parts import ALPHA_CUTOFF
from camera_estimation.mesh._picture_textures import read_named_picture
from camera_estimation.mesh._texture_building import MID_GRAY, OPAQUE, build_texture, plain_texture
from camera_estimation.mesh.textured_mesh import CLAMP_TO_EDGE, REPEAT, Texture

# How many words follow an option of a texture; -o, -s and -t take one to three numbers.
OPTION_WORDS = {
    "-blendu": 1,
    "-blendv": 1,
    "-bm": 1,
    "-boost": 1,
    "-cc": 1,
    "-clamp": 1,
    "-imfchan": 1,
    "-mm": 2,
    "-texres": 1,
    "-type": 1,
}
MOVING_OPTIONS = ("-o", "-s", "-t")
STANDING = {"-o": 0.0, "-s": 1.0, "-t": 0.0}  # numbers that move nothing
BLACK = (0.0, 0.0, 0.0)
LEAST_ALPHA = 1e-6


class MaterialLibrary:
    """Materials by name; their textures are read when they are asked for, once."""

    def __init__(self, remark: Callable[[str], None]) -> None:
        self._remark = remark
        self._materials: dict[str, dict[str, str]] = {}
        self._paths: dict[str, Path] = {}
        self._textures: dict[str, Texture] = {}

    def read(self, path: Path) -> None:
        """Adds the materials of a file."""
        own: dict[str, str] = {}
        for line in read_content(path).decode("utf-8", errors="replace").splitlines():
            word, _, rest = line.strip().replace("\t", " ").partition(" ")
            if word == "newmtl":
                own = {}
                self._materials[rest.strip()], self._paths[rest.strip()] = own, path
            elif word and not word.startswith("#"):
                own[word.lower()] = rest.strip()

    def texture(self, name: str, colored: bool) -> Texture | None:
        """The texture of a material: its picture where it has one, else its color, as it is stored.

        Args:
            name: Of the material.
            colored: Whether vertices have colors, which then stand for a material that is not described.

        Raises:
            InputError: A picture is missing or cannot be read.
        """
        if name not in self._materials:
            instead = "the colors of its vertices are drawn" if colored else "it is drawn gray"
            self._remark(f"its material {name} is in no material library: {instead}")
            return None
        if name not in self._textures:
            self._textures[name] = self._build(self._materials[name], self._paths[name])
        return self._textures[name]

    def _build(self, described: dict[str, str], library: Path) -> Texture:
        color = described.get("map_kd")
        plain = _numbers(described.get("kd"), 3)
        if color is None and plain in (None, BLACK):  # what gives off light alone
            glow = _numbers(described.get("ke"), 3)
            color = described.get("map_ke")
            plain = glow if glow not in (None, BLACK) else plain
        alpha = _alpha(described)
        mask = described.get("map_d")
        cutoff = ALPHA_CUTOFF / max(alpha, LEAST_ALPHA) if mask is not None or alpha < 1 else 0.0
        opacity = None
        if mask is not None:
            picture, _ = self._read(mask, library)
            opaque = (picture[..., 3] == OPAQUE).all()  # then its brightness is meant
            opacity = picture[..., :3].mean(axis=-1).round().astype(np.uint8) if opaque else picture[..., 3]
        if color is None:
            texels = np.array(_levels(plain), np.uint8).reshape(1, 1, 3)
            return plain_texture(_levels(plain), cutoff) if opacity is None else build_texture(texels, opacity, cutoff)
        picture, wrap = self._read(color, library)
        return build_texture(picture[..., :3], opacity, cutoff, (wrap, wrap))

    def _read(self, line: str, library: Path) -> tuple[np.ndarray, int]:
        """The picture that a line of a material names behind its options, and its wrap mode."""
        words, wrap = line.split(" "), REPEAT
        while words and words[0].lower() in (*OPTION_WORDS, *MOVING_OPTIONS):
            option, words = words[0].lower(), words[1:]
            count = OPTION_WORDS.get(option) or _count_numbers(words)
            values, words = words[:count], words[count:]
            if option == "-clamp" and values == ["on"]:
                wrap = CLAMP_TO_EDGE
            if option in MOVING_OPTIONS and any(float(value) != STANDING[option] for value in values):
                self._remark(f"the option {option} of its textures, which moves them, is left out")
        return read_named_picture(" ".join(words).strip().strip('"'), library, self._remark), wrap


def _count_numbers(words: list[str]) -> int:
    """How many of the first three words are numbers."""
    count = 0
    for word in words[:3]:
        try:
            float(word)
        except ValueError:
            break
        count += 1
    return count


def _numbers(text: str | None, count: int) -> tuple[float, ...] | None:
    """Numbers of a line; None where it has none, or names a spectrum."""
    words = (text or "").split()
    if _count_numbers(words) == 0:
        return None
    values = [float(word) for word in words[: _count_numbers(words)]]
    return tuple(values if len(values) == count else values[:1] * count)


def _alpha(described: dict[str, str]) -> float:
    """Opacity of the whole material: "d", or one less "Tr"."""
    alpha = _numbers(described.get("d", "").removeprefix("-halo").strip(), 1)
    if alpha is not None:
        return alpha[0]
    transparency = _numbers(described.get("tr"), 1)
    return 1.0 if transparency is None else 1.0 - transparency[0]


def _levels(color: tuple[float, ...] | None) -> tuple[int, ...]:
    if color is None:
        return (MID_GRAY,) * 3
    return tuple(int(np.clip(round(value * OPAQUE), 0, OPAQUE)) for value in color)
