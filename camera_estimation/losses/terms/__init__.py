"""The terms that objectives are composed of, a file each."""
