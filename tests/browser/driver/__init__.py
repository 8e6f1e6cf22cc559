"""The browser and the pages in it, for the tests and programs of the pages."""
