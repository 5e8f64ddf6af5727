"""What the confidence of estimates is fitted to, how, and how well it holds; sets of runs for it."""
