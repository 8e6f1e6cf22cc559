"""The HTTP APIs; what all protocols share."""
