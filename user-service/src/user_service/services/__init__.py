"""What the user service decides."""
