"""Floor 3: what clients said: intake values, identity, import of tables."""
