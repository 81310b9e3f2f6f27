"""How much the portal is used: anonymous counts by hour, collection and item."""
