"""The matrix: every producer × consumer × subject in every realm."""
