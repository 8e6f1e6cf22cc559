"""Programs that use the browser: screenshots of the documentation, and the benchmark of the pages."""
