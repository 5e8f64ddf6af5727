"""Time and memory of an estimate over the number of faces.

Usage: python -m benchmarks.faces [--faces 5000 50000 500000 2000000] [--mesh FILE] [--preset NAME]

The triangles of one mesh, the packaged example unless --mesh names another, are cut into ever smaller ones of the same
surface and texture, and the same images are estimated with each. Times are medians over the images, from the files to
the camera; nothing is kept from one image to the next. Each number of faces has a process of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.estimates.runs import Job
from benchmarks.estimates.samples import EXAMPLE, pictures_of, with_faces
from benchmarks.sweep import run_sweep, sweep_parser
from camera_estimation.configuration import load_preset
from camera_estimation.errors import InputError
from camera_estimation.mesh import load_mesh

FACES = (5_000, 50_000, 500_000, 2_000_000)
MOST_QUICK_FACES = 50_000


def main(argv: Sequence[str] | None = None) -> None:
    parser = sweep_parser(__doc__, "faces")
    parser.add_argument("--faces", nargs="+", type=int, default=list(FACES), metavar="N")
    parser.add_argument("--mesh", type=Path, default=EXAMPLE.mesh_path, metavar="FILE.glb")
    arguments = parser.parse_args(argv)
    faces, views = sorted(arguments.faces), arguments.views
    if arguments.quick:
        faces, views = [count for count in faces if count <= MOST_QUICK_FACES], 1
    try:
        config = replace(load_preset(arguments.preset), device=arguments.device)
        with tempfile.TemporaryDirectory() as made:
            samples = pictures_of(arguments.mesh, Path(made), views, arguments.seed)
            meshes = [with_faces(arguments.mesh, count, Path(made)) for count in faces]
            jobs = {
                len(load_mesh(mesh).faces): [Job(config, replace(sample, mesh=mesh)) for sample in samples]
                for mesh in meshes
            }
            report = run_sweep("faces", "faces", jobs, f"{arguments.mesh.name}, preset {arguments.preset}", arguments)
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    print(f"\n{report}\nTables and plot: {arguments.output_dir}")


if __name__ == "__main__":
    main()
