"""Another mesh in a photograph of a mesh of known pose.

up_axis             which way is up
placement           where the object stands, and how it is turned
standing_place      places to stand on: beside the known mesh on the ground, or on top of it
beside_place        the first of these, where the photograph shows nothing else, as ``_ground_look`` sees it
shadow_samples      directions in which light is looked for
object_layer        the object under the light, as far as the known mesh does not hide it
shadow_layer        how much light it leaves to what is in the photograph
insertion           all of it together
insertion_file      insertion.json
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
