"""Benchmarks: shulu against what an admin would use instead, both in the same run."""
