"""The animation service: a page's picture becomes a moving one."""
