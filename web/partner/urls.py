"""The partner's doors."""

from django.urls import path

from web.partner import doors

urlpatterns = [
    path("partner/", doors.show_today, name="partner"),
    path("partner/capacity/", doors.change_capacity, name="partner-capacity"),
    path("partner/offers/", doors.show_offers, name="partner-offers"),
    path("partner/offers/answer/", doors.answer_offers, name="partner-offers-answer"),
    path("partner/people/", doors.show_people, name="partner-people"),
    path("partner/people/couriers/", doors.add_courier, name="partner-courier-add"),
    path("partner/people/shifts/", doors.plan_shift, name="partner-shift-plan"),
    path("partner/people/shifts/<uuid:shift_id>/end/", doors.end_shift, name="partner-shift-end"),
    path("partner/areas/", doors.show_areas, name="partner-areas"),
    path("partner/money/", doors.show_money, name="partner-money"),
]
