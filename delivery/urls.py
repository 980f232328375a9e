"""Index of the floor's doors."""

urlpatterns: list = []
