"""The store: where a server keeps bags, versions side by side, and what of them is live."""
