"""Recover the camera that took a picture of a known object."""

__version__ = "0.1.0"


def _open_door() -> None:
    """Put the names of the stub in the place of the two functions below.

    They are loaded on first use: torch takes seconds, and ``camera-estimate --help`` must answer at once. Here the
    loader too is loaded late, for Ctrl-C shows a traceback until ``_start`` is there.
    """
    import lazy_loader

    find, list_names, exported = lazy_loader.attach_stub(__name__, __file__)
    globals().update(__getattr__=find, __dir__=list_names, __all__=[*exported, "__version__"])


def __getattr__(name: str) -> object:
    _open_door()
    return globals()[name] if name in globals() else globals()["__getattr__"](name)


def __dir__() -> list[str]:
    _open_door()
    return globals()["__dir__"]()
