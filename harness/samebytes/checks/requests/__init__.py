"""A request, the cells that checks have for it, and its run in a lab."""
