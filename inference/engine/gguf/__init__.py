"""GGUF files: the header and the vocabulary of a model."""
