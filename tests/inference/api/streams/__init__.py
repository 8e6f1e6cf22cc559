"""Streams of all protocols: their events, and how they end."""
