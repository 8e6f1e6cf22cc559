"""The server's connections: which are accepted, how long they may wait, and what is an HTTP request."""
