"""The searches, a file each: a class that derives from ``search.registry.Search`` and registers itself."""
