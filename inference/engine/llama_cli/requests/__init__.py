"""Requests on their way through the pool: from the queue to the last event."""
