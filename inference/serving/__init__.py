"""The engine in service: its lifecycle, the settings in force, the one entry point for requests."""
