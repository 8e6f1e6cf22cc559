"""Provisioning: building llama-cli, downloading and quantizing models, listing the models folder."""
