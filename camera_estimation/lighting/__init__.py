"""Light estimated from how a mesh of known pose looks in a photograph, and other objects put into that light.

light               ``Light``: how much is from where, and what it makes of a matt surface
light_ball          how a light looks: a gray ball under it
sphere              a grid of directions, spherical harmonics
photograph          a photograph as a pinhole shows it, in linear light
lit_surface         what it shows of the mesh: places, their color, the light that they return
problem             which light reaches which place
channels            least squares of channels of which each may tell little
method, methods/    ways to estimate light, a file each: none, directional, harmonics, environment
estimation          light of one photograph or of several, and how well it explains them
insertion/          another mesh in the photograph: where it stands, how it is lit, the shadows that it casts
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
