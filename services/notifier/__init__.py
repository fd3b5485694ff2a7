"""The notifier: pushes what happens to clients by WebSocket, SSE and Redis, and keeps each stage's statistics."""
