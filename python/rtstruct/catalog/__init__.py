"""The dbt project seen from Python: build it, ask it, read the worklist from it."""
