"""Pages of the desk."""

from django.urls import path

from web.desk import addresses, doors

urlpatterns = [
    path("desk/", doors.show_desk, name="desk"),
    path("desk/new/", doors.take_order, name="desk-new"),
    path(
        "desk/consignments/<uuid:consignment_id>/window/", doors.change_window, name="desk-window"
    ),
    path("desk/orders/<uuid:order_id>/", doors.read_back, name="desk-read-back"),
    path("desk/addresses/", addresses.show_addresses, name="desk-addresses"),
    path("desk/addresses/<uuid:address_id>/", addresses.settle_address, name="desk-address"),
]
