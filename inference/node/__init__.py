"""An engine node: the engine with a small HTTP API for servers, without database, pages and accounts."""
