"""Producers as black boxes: programs nobody here can change, started, watched, judged, and ended."""
