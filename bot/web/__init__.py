"""Webhook, health and metrics over HTTP."""
