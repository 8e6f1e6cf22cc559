"""Building the engine, fetching models."""
