"""The embedded stack: broker, database, object store and every service on one machine, without Docker."""
