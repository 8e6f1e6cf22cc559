"""Chat templates: from a transcript to a prompt."""
