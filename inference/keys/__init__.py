"""API keys: how they are made and checked, and the pages where users manage theirs."""
