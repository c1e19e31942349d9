"""What every request passes and every answer carries, whatever the page: `docs/security.md`."""
