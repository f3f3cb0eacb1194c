"""Golden images: what a segment held, kept with its layout in one file, for every later reader."""
