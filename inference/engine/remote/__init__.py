"""The engine on other machines: requests go to engine nodes over HTTP. `inference/node/` is their side."""
