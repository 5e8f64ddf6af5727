"""Estimates from images without a mask."""
