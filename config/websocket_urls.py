"""Index of the socket doors."""

from django.urls import path

from common.live.consumers import LiveConsumer
from delivery.tracking.consumers import RecipientConsumer

websocket_urlpatterns = [
    path("ws/", LiveConsumer.as_asgi()),
    path("ws/t/<str:token>/", RecipientConsumer.as_asgi()),
]
