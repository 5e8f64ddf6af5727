"""The terms that objectives are composed of, a file each: class and formula.

Modules whose name begins with _ hold what several share. Nothing heavy is imported before a term is used.
"""
