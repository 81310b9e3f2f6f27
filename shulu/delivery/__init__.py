"""Delivery: how a release reaches a store, by network, disk or remote, and the receipt for it."""
