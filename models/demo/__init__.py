"""The program that trains the demo model. The server never imports this package."""
