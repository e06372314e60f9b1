"""What happened: runs, conversions, masks, points, in a DuckDB file with one writer."""
