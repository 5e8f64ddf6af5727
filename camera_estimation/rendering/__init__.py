"""Differentiable rendering of one mesh: visibility, shading, motion field, pose gradients.

renderer            ``Renderer``: pictures whose gradients flow into the camera; which renderer a configuration names
backend             what a renderer needs for that: the class to derive from, and the registry
backends/           the renderers, a file each: ``warp`` (the project's own kernels), ``pytorch3d``

The kernels in Warp, in the order in which a picture is made:

visibility          which face each sample sees; ``triangle_bounds``: which samples a face can cover
cutouts             where a surface with transparent parts is drawn
surface             mesh and textures as kernels see them, and texture lookups
shading             colour, coverage and surface point of each pixel
light_occlusion     which directions of light the mesh keeps from points
motion_field        the surface point whose motion changes a pixel
normal_equations    those of how pictures change as their camera moves
pose_gradient       the gradient of a loss on the image in the camera
warp_runtime        starting Warp, and launching its kernels

In torch: ``point_motion``, how points move with the camera's parameters; ``pytorch3d_visibility`` and
``texture_lookup``, which the renderer ``pytorch3d`` is made of.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
