"""The records as a Python programmer declares them with ctypes, one module for each group."""
