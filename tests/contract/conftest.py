"""Fixtures of the contract tests."""

from tests.api_server import alice, api, bob, filmed

__all__ = ["alice", "api", "bob", "filmed"]
