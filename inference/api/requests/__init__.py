"""Requests of all protocols: their fields, checks and transcripts, and the way to the engine."""
