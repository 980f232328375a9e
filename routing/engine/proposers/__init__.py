"""Searches that find routes for a part of a problem and state what they can of its rules; none has the last word."""
