"""From letters to what viewers receive: wire schema, log, rooms, formats."""
