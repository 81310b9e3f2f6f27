"""What a province reports to the project office: figures that rest on signed receipts, and name them."""
