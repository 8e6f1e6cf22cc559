"""Read-only links to a branch of a conversation, which their owner can withdraw."""
