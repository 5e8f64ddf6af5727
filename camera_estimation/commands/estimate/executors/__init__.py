"""Executors, a file each: a class that registers itself."""
