"""People signing in: accounts, passwords, second factors, sessions, and what slows guessing."""
