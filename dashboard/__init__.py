"""Floor 5: what people see and where requests come in."""
