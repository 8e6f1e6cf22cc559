"""Answers: generating them, saving them, and the registry of those being generated."""
