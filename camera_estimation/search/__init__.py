"""Candidates for poses, from everywhere.

registry            what a search is: the class to derive from, and which one a configuration names
methods/            the searches, a file each: ``viewpoints``, ``pso`` (particle swarm), ``cma`` (evolution)
viewpoint_search    the mesh from every direction, at every roll, against one view of the target; with
                    ``view_library`` (the views), ``canonical`` (their common frame), ``partial_search`` (where a part
                    is hidden) and ``frame_search`` (where there is no mask)
objective_search    what searches share that evaluate the objective, over the box ``orbit_space``
simplification      a coarse copy of the mesh, which searches draw
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
