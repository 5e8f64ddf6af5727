from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.batch._selection import input_remarks, select_pairs
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.dataset.pairing import Pairing, Sample
from camera_estimation.errors import InputError
from tests.support.small_samples import write_box, write_disc


def samples(*names: str) -> tuple[Sample, ...]:
    return tuple(Sample(name, Path(f"{name}.glb"), Path(f"{name}.png")) for name in names)


def test_a_table_of_pairs_counts_before_a_folder(tmp_path):
    for name in ("a", "c"):
        write_box(tmp_path / f"{name}.glb")
    write_disc(tmp_path / "b.png")
    (tmp_path / "pairs.csv").write_text("mesh,image\na.glb,b.png\n")
    (sample,) = select_pairs(tmp_path, None, tmp_path / "pairs.csv").samples
    assert (sample.mesh_path.name, sample.image_path.name) == ("a.glb", "b.png")
    with pytest.raises(InputError, match=r"no mesh has an image .* 2 meshes \(a\.glb, c\.glb\) and 1 image \(b\.png\)"):
        select_pairs(tmp_path, None, None)


def test_what_is_left_out_or_assumed_is_told():
    pairing = Pairing(samples("a", "b", "c"), (Path("alone.glb"),), (Path("lonely.png"),))
    pairing = replace(pairing, remarks=("pairs.csv: not used: masks",))
    lines = input_remarks(
        pairing, pairing.samples[:2], KnownIntrinsics({"a.png": KnownCamera((1.0, 1.0, 0.0, 0.0))}), None
    )
    assert lines == [
        "pairs.csv: not used: masks",
        "no image for alone.glb: skipped",
        "no mesh for lonely.png: skipped",
        "no intrinsics for 1 image (b.png): the field of view is not known",
        "the first 2 of 3 samples (--max_samples)",
    ]


def test_many_images_are_named_in_part():
    pairing = Pairing(samples(*"abcdefg"))
    (line,) = input_remarks(pairing, pairing.samples, KnownIntrinsics({"x.png": KnownCamera((1.0, 1.0, 0.0, 0.0))}))
    assert line.startswith("no intrinsics for 7 images (a.png, b.png, c.png, d.png, e.png, ...)")
