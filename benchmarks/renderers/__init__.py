"""What is compared by ``python -m benchmarks.rendering``: this package's renderer, PyTorch3D's and Mitsuba's."""
