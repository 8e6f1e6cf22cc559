"""The models that an engine serves: read, proved, loaded, and replaced."""
