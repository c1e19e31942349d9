"""`make bench`: what the system costs, as ratios to something plain on the same machine."""
