"""Scenes under known light, which ``make_light_scenes.py`` renders: those that things were chosen on, and others."""
