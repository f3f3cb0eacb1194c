"""From results to what people and machines read. Runs nothing."""
