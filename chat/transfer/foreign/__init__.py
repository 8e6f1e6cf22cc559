"""Conversations from other products: ChatGPT, Open WebUI, LibreChat."""
