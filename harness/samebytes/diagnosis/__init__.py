"""Diagnosis: what a difference means. Needs `layout` only."""
