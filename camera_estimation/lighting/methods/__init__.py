"""Ways to estimate light, a file each."""
