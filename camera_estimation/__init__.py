"""Recover the camera that took a picture of a known object."""

import os

import lazy_loader

# GNU OpenMP's threads spin for milliseconds after each of torch's many short operations: on few cores that slows the
# rendering threads by a tenth, and beside another busy process the whole by more than ten times. Read when torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "0.1.0"

# Loaded on first use: torch takes seconds, and `camera-estimate --help` must answer at once.
__getattr__, __dir__, _exported = lazy_loader.attach_stub(__name__, __file__)
__all__ = [*_exported, "__version__"]
