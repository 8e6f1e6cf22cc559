"""The engine on a pool of llama-cli processes."""
