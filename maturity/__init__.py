"""Floor 3: before the storm (WP-01 to WP-16): comes with its own issue; nothing yet."""
