"""Floor 1: clock, settings, errors, words. Imports nothing of ours."""
