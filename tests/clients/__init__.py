"""Other people's clients and test suites, at a real server: `make clients`. Not a part of `make test`.

They run in an environment of their own, because their packages are many, and some contradict those of the server.
"""
