"""What the orchestrator decides alone, without asking another service."""
