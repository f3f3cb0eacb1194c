"""What is checked and how it is judged: programs, values, cases, verdicts, the matrix."""
