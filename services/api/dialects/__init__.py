"""The wire formats, one module each: how clients of one design say what the domain does."""
