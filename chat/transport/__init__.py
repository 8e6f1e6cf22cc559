"""The page's websocket."""
