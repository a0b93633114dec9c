"""The outside world: who knows that it speaks HTTP, and what its answers mean."""
