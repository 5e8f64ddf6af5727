"""Random starts: from which poses does an objective's refinement find the answer?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
