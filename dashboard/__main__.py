"""`python -m dashboard` is `fenghuo`."""

from dashboard.cli import main

main()
