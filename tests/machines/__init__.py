"""Engine nodes on several machines, which are network namespaces here: run by `make machines`."""
