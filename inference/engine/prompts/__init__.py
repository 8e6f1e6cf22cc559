"""From chat transcripts to the texts that llama-cli is launched with and sent."""
