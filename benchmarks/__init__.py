"""Times on this machine, each measured side by side in one run: ``python -m benchmarks.rendering`` and others."""
