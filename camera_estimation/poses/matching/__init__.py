"""Points of the mesh found in a picture by learned matches with a render that is nearly right: ``render_matches`` makes
keypoints of them, ``matcher`` the matches, of what the network in ``_alike`` sees."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
