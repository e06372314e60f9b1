"""Tasks handed to worker processes, here or on a cluster."""
