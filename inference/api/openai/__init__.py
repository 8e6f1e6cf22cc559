"""The protocol of OpenAI's API, below `/v1/`, as far as a model on processors can serve it."""
