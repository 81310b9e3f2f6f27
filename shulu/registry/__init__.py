"""The registry: every library of a province that ought to be reached, enrolled or not."""
