"""What ``python -m benchmarks.stages`` measures with: a clock of stages and kernels, profiles, runs, their tables."""
