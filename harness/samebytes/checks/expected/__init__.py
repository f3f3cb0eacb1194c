"""Expected deviations: cells that are known not to agree."""
