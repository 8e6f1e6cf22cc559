"""One llama-cli process: how it is launched, what it prints, what it answers."""
