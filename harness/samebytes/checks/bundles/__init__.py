"""Bundles: one folder for each way of failing, and replaying it anywhere."""
