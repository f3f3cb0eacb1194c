"""Lifecycle checks: when memory appears, lives and dies."""
