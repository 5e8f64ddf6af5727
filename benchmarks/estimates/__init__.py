"""Whole estimates that several benchmarks time: of which samples, and how."""
