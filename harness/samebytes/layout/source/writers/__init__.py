"""One module for each language that can be written, found by file; see `samebytes.layout.source.writing.Writer`."""
