"""The campaign: whether a roll-out may start, how far it is, and what it reached."""
