"""`POST /v1/responses`: OpenAI's newer protocol, as far as it is about text and nothing is stored."""
