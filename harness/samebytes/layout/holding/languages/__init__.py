"""One module for each language, or family of them: `LANGUAGES` are its writers."""
