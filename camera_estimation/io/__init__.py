"""Files: written whole or not at all, and read with one clear line where that fails.

atomic          writing
text_file       tables and JSON of the user's; ``checksum``: whether files are the same
cloud/          objects of cloud storage as paths, which are read as files are
limits          how much of a file is taken
picture_file    what cameras took, with their color profiles; ``image_file``: textures, levels as stored
video_file      frames of videos, whose names are those of ``video_paths``
process         settings of the whole process, for programs; ``processors``: those that are free
strict_json     JSON that people can read; ``comma_separated``, ``spreadsheet`` and ``text_tables``: tables
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
