"""One module a page; each has `register(app, services)` that adds its page and its callbacks."""
