"""What scripts/fuzz_readers.py is made of: the process that reads broken files, and what chooses them."""

READY, ERROR, DONE = "ready", "error", "done"  # the first words of what that process says
MEGA = 1_000_000
