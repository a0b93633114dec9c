"""The wire contract of the orchestrator."""
