"""A coarse copy of a dense mesh that keeps its texture, for the search."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.mesh import TexturedMesh

# Pull of each cell's vertex towards the mean of what it replaces, relative to the planes through it: keeps flat and
# straight parts, whose planes leave the position open, in place.
MEAN_PULL = 0.05
FIRST_CELLS = 96  # cells along the bounding sphere's diameter at the first attempt
FEWEST_CELLS = 8
SHRINK = 0.8  # of the number of cells, from one attempt to the next
FACES_COUNTED = 50_000  # at least, for an estimate of how many will be left
COUNTING_ERROR = 1.2  # that estimates may be too high by
FACES_AT_ONCE = 100_000  # whose planes are held in double precision


def simplify(mesh: TexturedMesh, max_faces: int) -> TexturedMesh:
    """The mesh itself if it has at most ``max_faces`` faces, else a copy by vertex clustering with about that many.

    Vertices of one grid cell move to the point nearest to all their faces' planes (Lindstrom, "Out-of-core
    simplification of large polygonal models", 2000), so that corners stay sharp. Every face that is left keeps the
    texture coordinates of its own corners: seams survive, and the texture stays that of the original.
    """
    if len(mesh.faces) <= max_faces:
        return mesh
    faces = mesh.faces.long()
    step = max(1, len(faces) // FACES_COUNTED) | 1  # odd: faces often come in pairs
    cells = FIRST_CELLS
    while True:
        cell_of_vertex = _cells(mesh, cells)
        last = int(cells * SHRINK) <= FEWEST_CELLS
        # Some of the faces tell which attempts are hopeless: of millions counting all takes most of the time.
        if last or step * _spread_out(cell_of_vertex[faces[::step]]).sum() <= COUNTING_ERROR * max_faces:
            kept = _spread_out(cell_of_vertex[faces])
            if last or kept.sum() <= max_faces:
                return _merge_clusters(mesh, cell_of_vertex, kept, 2.0 / cells)
        cells = int(cells * SHRINK)


def _cells(mesh: TexturedMesh, cells: int) -> Int[Tensor, " V"]:
    """The number of the grid cell that each vertex lies in."""
    key = ((mesh.vertices + 1) * (cells / 2)).floor().long().clamp(0, cells - 1)
    return (key[:, 0] * cells + key[:, 1]) * cells + key[:, 2]


def _spread_out(corners: Int[Tensor, "F 3"]) -> Bool[Tensor, " F"]:
    """Whether a face's corners lie in three cells: the others vanish."""
    return (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])


def _merge_clusters(
    mesh: TexturedMesh, cell_of_vertex: Int[Tensor, " V"], kept: Bool[Tensor, " F"], cell: float
) -> TexturedMesh:
    _, cluster = torch.unique(cell_of_vertex, return_inverse=True)
    positions = _representatives(mesh, cluster, cell)
    used, faces = torch.unique(mesh.faces[kept], return_inverse=True)
    used = used.long()
    return replace(
        mesh,
        vertices=positions[cluster[used]].contiguous(),
        faces=faces.to(torch.int32).contiguous(),
        uv=mesh.uv[used].contiguous(),
        vertex_colors=mesh.vertex_colors[used].contiguous(),
        face_texture=mesh.face_texture[kept].contiguous(),
        vertex_opacity=None if mesh.vertex_opacity is None else mesh.vertex_opacity[used].contiguous(),
    )


def _representatives(mesh: TexturedMesh, cluster: Int[Tensor, " V"], cell: float) -> Float[Tensor, "C 3"]:
    """For each cluster the point that minimises the squared distances to its faces' planes, near its mean."""
    count = int(cluster.max()) + 1
    vertices = mesh.vertices.double()
    zeros = vertices.new_zeros
    number = zeros(count).index_add_(0, cluster, torch.ones_like(vertices[:, 0]))
    mean = zeros((count, 3)).index_add_(0, cluster, vertices) / number[:, None]
    quadric, pull = zeros((count, 3, 3)), zeros((count, 3))
    for faces in mesh.faces.split(FACES_AT_ONCE):
        _add_planes(vertices, faces.long(), cluster, mean, quadric, pull)
    weight = quadric.diagonal(dim1=1, dim2=2).sum(-1)[:, None, None] * MEAN_PULL + 1e-30
    move = torch.linalg.solve(quadric + weight * torch.eye(3, dtype=vertices.dtype, device=vertices.device), pull)
    return (mean + move.clamp(-cell / 2, cell / 2)).float()


def _add_planes(
    vertices: Float[Tensor, "V 3"],
    faces: Int[Tensor, "F 3"],
    cluster: Int[Tensor, " V"],
    mean: Float[Tensor, "C 3"],
    quadric: Float[Tensor, "C 3 3"],
    pull: Float[Tensor, "C 3"],
) -> None:
    """Add the planes of faces to the sums of the clusters of their corners."""
    a, b, c = vertices[faces].unbind(1)
    normal = torch.linalg.cross(b - a, c - a)  # length: twice the area, the weight of the plane
    length = normal.norm(dim=-1, keepdim=True).clamp(min=1e-30)
    outer = normal[:, :, None] * normal[:, None] / length[..., None]
    for corner in cluster[faces].unbind(1):
        offset = ((a - mean[corner]) * normal).sum(-1, keepdim=True) / length
        quadric.index_add_(0, corner, outer)
        pull.index_add_(0, corner, normal * offset)
