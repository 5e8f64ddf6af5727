"""Times on this machine, each measured side by side in one run: ``python -m benchmarks.rendering`` and others."""

from camera_estimation.io import tune_process

tune_process()  # here, for it must be before torch is loaded, in processes that a benchmark starts too
