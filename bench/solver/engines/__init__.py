"""The engines that are compared: each is given an instance, seconds and a seed, and answers with routes."""
