"""What operators look at: metrics, the dashboard, diagnostics."""
