"""Model files: their names, downloading, quantizing and listing them."""
