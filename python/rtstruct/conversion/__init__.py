"""From worklist to masks.

One task per image series; workers never open a database; one driver publishes and registers.
"""
