"""One llama-cli process: launch, output, answers."""
