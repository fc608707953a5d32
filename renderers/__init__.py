"""`System` to files: pure, deterministic, byte-stable. Knows `schema` and nothing above it."""
