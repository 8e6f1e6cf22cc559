"""Static files: how they are collected, which modules a page loads, and the vendored libraries."""
