from __future__ import annotations

import pytest

from camera_estimation.dataset.bop_table import read_bop_table
from camera_estimation.errors import InputError


def test_a_number_of_thousands_of_digits_is_a_short_line(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text(f"image,mesh,scene_id,im_id,obj_id\na.png,a.glb,1,{'9' * 5000},3\n")
    with pytest.raises(InputError, match=r"im_id is '9+'; give a whole number$") as caught:
        read_bop_table(path)
    assert len(str(caught.value)) < 300
