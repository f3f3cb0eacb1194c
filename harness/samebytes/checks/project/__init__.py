"""A user's own project: what `samebytes.toml` says, built where it must be, and judged as the matrix judges peers."""
