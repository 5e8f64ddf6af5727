"""Meshes and materials of USD stages, by usd-core (the extra ``usd``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from PIL import Image

from camera_estimation.export.pictures import path_between
from camera_estimation.io import write_image
from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, REPEAT, Texture, TexturedMesh, linear_from_srgb

TEXTURE_FOLDER = "textures"
WRAPS = {REPEAT: "repeat", MIRRORED_REPEAT: "mirror", CLAMP_TO_EDGE: "clamp"}
TEXTURE_COORDINATES = "st"


def add_mesh(stage: Any, path: str, looks: str, mesh: TexturedMesh, folder: Path) -> None:
    """A mesh in world coordinates with its textures, which are written beside the stage; what has one color in all of
    its texture shows the colors of its vertices.

    Args:
        stage: Of usd-core.
        path: Of the mesh in it.
        looks: Of its materials in it.
        mesh: The mesh.
        folder: Where the stage will be.

    Raises:
        InputError: A texture cannot be written.
    """
    from pxr import UsdGeom, UsdShade

    world = mesh.center.cpu().numpy() + mesh.radius * mesh.vertices.double().cpu().numpy()
    prim = UsdGeom.Mesh.Define(stage, path)
    set_geometry(prim, world, mesh.faces.cpu().numpy())
    prim.GetDoubleSidedAttr().Set(True)
    # The first row of a picture is at the top in USD.
    add_primvar(prim, TEXTURE_COORDINATES, "TexCoord2fArray", mesh.uv.cpu().numpy() * (1, -1) + (0, 1))
    add_primvar(prim, "displayColor", "Color3fArray", linear_from_srgb(_plain_colors(mesh)))
    if mesh.vertex_opacity is not None:
        add_primvar(prim, "displayOpacity", "FloatArray", mesh.vertex_opacity.cpu().numpy())
    binding = UsdShade.MaterialBindingAPI.Apply(prim.GetPrim())
    of_faces = mesh.face_texture.cpu().numpy()
    for index in np.unique(of_faces):
        texture = mesh.textures[index]
        if _has_one_color(texture):
            continue
        material = _add_look(stage, f"{looks}/Look_{index}", texture, folder / TEXTURE_FOLDER / f"{index}.png", folder)
        subset = binding.CreateMaterialBindSubset(f"Part_{index}", np.flatnonzero(of_faces == index).tolist())
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(material)


def loses_colors(mesh: TexturedMesh) -> bool:
    """Whether some vertices have a color and a texture: a preview surface takes one of both."""
    textured = [not _has_one_color(texture) for texture in mesh.textures]
    of_faces = np.array(textured)[mesh.face_texture.cpu().numpy()]
    corners = mesh.faces.cpu().numpy()[of_faces]
    return bool((mesh.vertex_colors.cpu().numpy()[corners] < 1).any())


def set_geometry(prim: Any, points: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F K"]) -> None:
    """The points and polygons of a mesh, which is no subdivision surface."""
    from pxr import UsdGeom, Vt

    stored = Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(points, dtype=np.float32))
    prim.GetPointsAttr().Set(stored)
    prim.GetExtentAttr().Set(UsdGeom.PointBased.ComputeExtent(stored))
    prim.GetFaceVertexCountsAttr().Set(Vt.IntArray.FromNumpy(np.full(len(faces), faces.shape[1], dtype=np.int32)))
    prim.GetFaceVertexIndicesAttr().Set(Vt.IntArray.FromNumpy(faces.astype(np.int32).reshape(-1)))
    prim.GetSubdivisionSchemeAttr().Set(UsdGeom.Tokens.none)


def add_primvar(prim: Any, name: str, kind: str, values: Float[np.ndarray, "V ..."]) -> None:
    """A value of each point; ``kind`` is USD's name of the array's type."""
    from pxr import UsdGeom, Vt

    arrays = {"TexCoord2fArray": Vt.Vec2fArray, "Color3fArray": Vt.Vec3fArray, "FloatArray": Vt.FloatArray}
    stored = arrays[kind].FromNumpy(np.ascontiguousarray(values, dtype=np.float32))
    UsdGeom.PrimvarsAPI(prim).CreatePrimvar(name, value_type(kind), UsdGeom.Tokens.vertex).Set(stored)


def add_textured_material(stage: Any, path: str) -> tuple[Any, Any, Any]:
    """A material, its preview surface, and the reader of a texture at the mesh's coordinates."""
    from pxr import UsdShade

    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/Surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", value_type("Token")))
    coordinates = UsdShade.Shader.Define(stage, f"{path}/Coordinates")
    coordinates.CreateIdAttr("UsdPrimvarReader_float2")
    coordinates.CreateInput("varname", value_type("String")).Set(TEXTURE_COORDINATES)
    reader = UsdShade.Shader.Define(stage, f"{path}/Texture")
    reader.CreateIdAttr("UsdUVTexture")
    result = coordinates.CreateOutput("result", value_type("Float2"))
    reader.CreateInput("st", value_type("Float2")).ConnectToSource(result)
    reader.CreateInput("file", value_type("Asset"))
    reader.CreateInput("sourceColorSpace", value_type("Token")).Set("sRGB")
    return material, shader, reader


def set_wraps(reader: Any, wrap_u: str, wrap_v: str) -> None:
    """What a texture shows beyond its border."""
    reader.CreateInput("wrapS", value_type("Token")).Set(wrap_u)
    reader.CreateInput("wrapT", value_type("Token")).Set(wrap_v)


def connect_texture(shader: Any, name: str, kind: str, reader: Any, output: str) -> None:
    """Let a texture's output ("rgb", "a") be the input of a shader."""
    of_reader = reader.CreateOutput(output, value_type("Float3" if output == "rgb" else "Float"))
    shader.CreateInput(name, value_type(kind)).ConnectToSource(of_reader)


def asset_path(file: Path, folder: Path) -> Any:
    """A file from the folder of a stage, as stages name those beside them."""
    from pxr import Sdf

    path = path_between(file, folder)
    return Sdf.AssetPath(path if path.startswith("../") or Path(path).is_absolute() else f"./{path}")


def value_type(name: str) -> Any:
    """A type of USD's by its name."""
    from pxr import Sdf

    return getattr(Sdf.ValueTypeNames, name)


def _has_one_color(texture: Texture) -> bool:
    return texture.texels.shape[:2] == (1, 1) and texture.opacity is None


def _plain_colors(mesh: TexturedMesh) -> Float[np.ndarray, "V 3"]:
    """Of the vertices, times the color of their texture where it has but one."""
    colors = mesh.vertex_colors.double().cpu().numpy().copy()
    faces, of_faces = mesh.faces.cpu().numpy(), mesh.face_texture.cpu().numpy()
    for index in np.unique(of_faces):
        if _has_one_color(mesh.textures[index]):
            own = np.unique(faces[of_faces == index])
            colors[own] *= mesh.textures[index].texels[0, 0].cpu().numpy() / 255.0
    return colors


def _add_look(stage: Any, path: str, texture: Texture, file: Path, folder: Path) -> Any:
    """The material of a texture, which is written to a file."""
    texels = texture.texels.cpu().numpy()
    if texture.opacity is not None:
        texels = np.dstack([texels, texture.opacity.cpu().numpy()])
    write_image(file, Image.fromarray(texels))
    material, shader, reader = add_textured_material(stage, path)
    reader.GetInput("file").Set(asset_path(file, folder))
    set_wraps(reader, WRAPS[texture.wrap_u], WRAPS[texture.wrap_v])
    connect_texture(shader, "diffuseColor", "Color3f", reader, "rgb")
    if texture.cutoff > 0:
        connect_texture(shader, "opacity", "Float", reader, "a")
        shader.CreateInput("opacityThreshold", value_type("Float")).Set(texture.cutoff)
    shader.CreateInput("roughness", value_type("Float")).Set(1.0)
    return material
