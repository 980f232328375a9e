"""The plans room: the plans of a hub and day, one of them with how it was found, and two of them side by side."""
