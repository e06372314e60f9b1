"""From worklist to masks: one task per image series, workers that never open a database, one driver that registers."""
