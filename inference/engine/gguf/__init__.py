"""GGUF model files: header, tensors and vocabulary."""
