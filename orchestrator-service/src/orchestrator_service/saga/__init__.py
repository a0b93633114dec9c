"""The saga engine: knows steps, outcomes and a log, and no word of the domain."""
