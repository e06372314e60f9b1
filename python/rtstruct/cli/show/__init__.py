"""Results, tables and progress as text for a terminal."""
