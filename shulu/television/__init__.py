"""What the library's televisions are offered: films, recordings and pictures, by their titles."""
