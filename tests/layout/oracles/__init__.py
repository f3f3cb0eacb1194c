"""Who else knows where a field is: C compilers, by a section of constants, and libclang, by asking it."""
