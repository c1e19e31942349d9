"""Floor 2: the whole schema, the only commit, journal, LISTEN, embedded PostgreSQL, migrations."""
