"""Generated from inventory.proto by `make proto`; not edited by hand."""
