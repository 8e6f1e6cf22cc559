"""Who may use the server: access, passwords, and locked sign-ins."""
