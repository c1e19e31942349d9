"""SMS providers behind one small port, one file each."""
