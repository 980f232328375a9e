"""Pages of merchants."""

from django.urls import path

from web.merchant import doors, files

urlpatterns = [
    path("merchant/", doors.show_orders, name="merchant"),
    path("merchant/orders/<uuid:order_id>/", doors.show_order, name="merchant-order"),
    path(
        "merchant/orders/<uuid:order_id>/cancel/", doors.cancel_order, name="merchant-order-cancel"
    ),
    path("merchant/imports/", files.show_imports, name="merchant-imports"),
    path("merchant/imports/<uuid:import_id>/", files.show_import, name="merchant-import"),
    path(
        "merchant/imports/<uuid:import_id>/confirm/",
        files.confirm_import,
        name="merchant-import-confirm",
    ),
    path(
        "merchant/imports/<uuid:import_id>/discard/",
        files.discard_import,
        name="merchant-import-discard",
    ),
    path(
        "merchant/imports/<uuid:import_id>/bad-rows.csv",
        files.download_bad_rows,
        name="merchant-import-bad-rows",
    ),
]
