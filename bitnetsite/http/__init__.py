"""What HTTP requests pass before and after the views: logs, limits, middleware, errors."""
