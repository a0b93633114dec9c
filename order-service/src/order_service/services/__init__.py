"""What the order service decides."""
