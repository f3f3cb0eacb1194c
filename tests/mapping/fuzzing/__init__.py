"""Fuzzing of maps, views, windows and streams: the rules, their model in plain bytes, and the fast driver."""
