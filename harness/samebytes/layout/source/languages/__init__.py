"""One module for each language, found by file: `SUFFIXES`, and `records(text)`."""
