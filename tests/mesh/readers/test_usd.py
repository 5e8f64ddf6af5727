"""USD files: the same triangles and colors as other readers see them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh
from tests.support.painted_object import (
    PICTURE,
    assert_shows_the_picture,
    expected_triangles,
    triangles,
)

STAGE = """#usda 1.0
(
    metersPerUnit = 0.01
    upAxis = "Z"
)
def Xform "World"
{{
    double3 xformOp:translate = (5, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate"]
    def Mesh "Thing" (prepend apiSchemas = ["MaterialBindingAPI"])
    {{
        int[] faceVertexCounts = [4, 3, 3, 3, 3]
        int[] faceVertexIndices = [0, 1, 2, 3, 1, 0, 4, 2, 1, 4, 3, 2, 4, 0, 3, 4]
        point3f[] points = [(-5, 0, 0), (-3, 0, 0), (-3, 2, 0), (-5, 2, 0), (-4, 1, -1)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1), (0.5, 0.5)] ( interpolation = "vertex" )
        color3f[] primvars:displayColor = [(0, 0, 1)]
        {bound}
    }}
    def Mesh "Helper" {{
        token visibility = "invisible"
        int[] faceVertexCounts = [3]
        int[] faceVertexIndices = [0, 1, 2]
        point3f[] points = [(0, 0, 0), (90, 0, 0), (90, 90, 0)]
    }}
    def Sphere "Ball" {{ }}
    def Material "Painted"
    {{
        token outputs:surface.connect = </World/Painted/Surface.outputs:surface>
        def Shader "Surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </World/Painted/Texture.outputs:rgb>
            token outputs:surface
        }}
        def Shader "Texture"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @{image}@
            float2 inputs:st.connect = </World/Painted/Reader.outputs:result>
            token inputs:wrapS = "clamp"
            float3 outputs:rgb
        }}
        def Shader "Reader"
        {{
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "st"
            float2 outputs:result
        }}
    }}
}}
"""
BOUND = "rel material:binding = </World/Painted>"
USD_REMARKS = (
    "its up axis is Z and its unit is 0.01 m: the pose is in the file's own frame and unit",
    "its Sphere /World/Ball is left out: only meshes are drawn",
)


def write_stage(folder: Path, bound: str = BOUND, image: str = "./color.png") -> Path:
    Image.fromarray(PICTURE).save(folder / "color.png")
    (folder / "thing.usda").write_text(STAGE.format(bound=bound, image=image))
    return folder / "thing.usda"


@pytest.mark.parametrize("packed", [False, True])
def test_usd(tmp_path, packed):
    pytest.importorskip("pxr")
    path = write_stage(tmp_path)
    if packed:
        from pxr import UsdUtils

        path = tmp_path / "thing.usdz"
        assert UsdUtils.CreateNewUsdzPackage(str(tmp_path / "thing.usda"), str(path))
        (tmp_path / "color.png").unlink()
    mesh = load_mesh(path)
    assert np.array_equal(triangles(mesh), expected_triangles())
    assert mesh.textures[0].wrap_u == 2
    assert_shows_the_picture(mesh)
    assert mesh.remarks == USD_REMARKS


def test_usd_without_a_material_has_its_display_color(tmp_path):
    pytest.importorskip("pxr")
    mesh = load_mesh(write_stage(tmp_path, bound=""))
    assert torch.allclose(mesh.vertex_colors, torch.tensor([0.0, 0.0, 1.0]))


def test_broken_usd(tmp_path, capfd):
    pytest.importorskip("pxr")
    with pytest.raises(InputError, match=r"its texture \./wall\.png is missing"):
        load_mesh(write_stage(tmp_path, image="./wall.png"))
    (tmp_path / "thing.usdz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="is not a whole USD file"):
        load_mesh(tmp_path / "thing.usdz")
    assert capfd.readouterr() == ("", "")
