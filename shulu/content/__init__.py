"""Bags and releases: what is shipped, and what makes it trustworthy."""
