"""How the demo model is made. The server never imports this package."""
