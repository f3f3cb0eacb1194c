"""Looking at a segment that somebody else's program owns: a snapshot decoded, or followed while it changes."""
