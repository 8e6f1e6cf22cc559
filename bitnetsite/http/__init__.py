"""HTTP around the views: logs, limits, middleware, errors."""
