"""The catalogue: the records of all live bags, and the search over them."""
