"""Data checks: what one peer stores, another loads."""
