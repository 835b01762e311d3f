"""Remora's Python agent: traces an application from outside. Nothing here is for the application to import."""
