"""Cameras and meshes in the form that other programs read.

exporter        what an exporter is, and the registry; ``exporters/`` has them, a file each
run_export      a whole run in one format
pictures        pictures as files that every program opens
name_forms      names of samples without white space
sequences       which samples of a run are frames that followed each other
report          report.html: a run on one page
camera_arrays   cameras as arrays, in the axes that formats want
transforms_json  what nerfstudio and instant-ngp read
canonical_mesh  canonical.glb: the mesh in camera space
blender_scene   the script that builds a scene in Blender, as it is written beside the mesh

Scenes have in common: ``portable_mesh``, the mesh as every program opens it; ``tracks``, which images are moments of
one camera; ``camera_motion``, where that is; ``film_back`` and ``centered_frame``, intrinsics as others describe them;
``pinhole_pictures``, photographs without distortion.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
