"""Subscriptions (订阅): where an organization, an office or an application wants to be told, and of what."""
