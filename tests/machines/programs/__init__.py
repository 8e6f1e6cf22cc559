"""Measurements on several machines."""
