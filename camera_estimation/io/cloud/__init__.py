"""Inputs in cloud storage: objects that are read as files are."""
