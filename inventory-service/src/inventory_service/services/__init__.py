"""What the inventory decides, and the statements that make it so."""
