"""The renderers, a file each: a class that derives from ``rendering.backend.Backend`` and registers itself."""
