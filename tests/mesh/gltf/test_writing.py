from __future__ import annotations

import numpy as np

from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, load_mesh
from camera_estimation.mesh.gltf import is_glb, mesh_glb
from tests.support.glb_builder import QUAD, QUAD_UV, GlbBuilder

TEXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 13


def test_what_is_written_is_read_again(tmp_path):
    """Two materials, wrap modes, vertex colours, and a place far from the origin."""
    builder = GlbBuilder()
    builder.textured_material(TEXELS, sampler={"wrapS": 33071, "wrapT": 33648})
    builder.material({"baseColorFactor": [1.0, 0.25, 0.0, 1.0]})
    colors = builder.accessor(np.linspace(0, 1, 12, dtype=np.float32).reshape(4, 3))
    first = builder.primitive(material=0, TEXCOORD_0=builder.accessor(QUAD_UV), COLOR_0=colors)
    builder.mesh(first, builder.primitive(vertices=QUAD + np.float32(40), material=1))
    mesh = load_mesh(builder.write(tmp_path / "first.glb"))
    content = mesh_glb(mesh)
    assert is_glb(content)
    (tmp_path / "second.glb").write_bytes(content)
    again = load_mesh(tmp_path / "second.glb")
    assert (again.textures[0].wrap_u, again.textures[0].wrap_v) == (CLAMP_TO_EDGE, MIRRORED_REPEAT)
    assert all(np.array_equal(a.texels, b.texels) for a, b in zip(again.textures, mesh.textures, strict=True))
    assert np.allclose(again.center, mesh.center)
    # Corner by corner of the triangles, for vertices may come in another order.
    for name, tolerance in (("vertices", 1e-6), ("uv", 0), ("vertex_colors", 1e-6)):
        corners = [getattr(item, name)[item.faces.long()].numpy() for item in (again, mesh)]
        assert np.allclose(*corners, atol=tolerance), name
    assert np.array_equal(again.face_texture, mesh.face_texture)
