"""Floor 3: noticing and telling: who complains together, messages, outbox, gateways, replies."""
