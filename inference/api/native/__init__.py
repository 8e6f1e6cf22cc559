"""The server's own JSON API."""
