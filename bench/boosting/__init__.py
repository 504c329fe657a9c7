"""Gradient boosting: one file per question a user would ask."""
