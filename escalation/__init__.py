"""Floor 4: what must be done, by whom, by when; `engine.py` has the verbs of the system."""
