"""Readers of poses, a file each: a class that registers itself."""
