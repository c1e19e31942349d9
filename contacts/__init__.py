"""Floor 3, who: units, teams, duty roster, import and export (WP-28)."""
