"""Ollama's API, for the tools that speak it: https://docs.ollama.com/api."""
