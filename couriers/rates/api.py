"""REST door of rate cards."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.accounts.readers import reader_of
from common.idempotency.door import idempotent
from couriers.rates import actions, queries
from couriers.rates.actions import Prices
from couriers.rates.models import RateCard
from couriers.roster.doors import all_of, operator_of, partner_of, read_input


class RateCardOut(serializers.ModelSerializer[Any]):
    """A partner's prices from a day on."""

    partner = serializers.UUIDField(source="partner_id")

    class Meta:
        model = RateCard
        fields = [
            "id",
            "partner",
            "valid_from",
            "currency",
            "base",
            "per_kg",
            "cold_extra",
            "window_extra",
        ]


def _amount(*, required: bool = False) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=10, decimal_places=2, min_value=0, required=required)


class RateCardIn(serializers.Serializer[Any]):
    """A card to be."""

    partner = serializers.UUIDField()
    valid_from = serializers.DateField()
    currency = serializers.CharField(min_length=3, max_length=3)
    base = _amount(required=True)
    per_kg = _amount()
    cold_extra = _amount()
    window_extra = _amount()


class RateCardList(serializers.Serializer[Any]):
    """Every rate card a reader may see."""

    results = RateCardOut(many=True)


class RateCardsDoor(APIView):
    """Rate cards: list and add."""

    @extend_schema(operation_id="rate_cards_list", responses=RateCardList)
    def get(self, request: Request) -> Response:
        """List the rate cards you may see, newest first."""
        return all_of(queries.rate_cards_visible_to(reader_of(request)), RateCardOut)

    @extend_schema(
        operation_id="rate_cards_create", request=RateCardIn, responses={201: RateCardOut}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Add a partner's card from a day on (the operator's dispatchers)."""
        operator_of(request)
        given = read_input(RateCardIn, request)
        partner = partner_of(request, given.pop("partner"))
        card = actions.save_rate_card(
            partner=partner, valid_from=given.pop("valid_from"), prices=Prices(**given)
        )
        return Response(RateCardOut(card).data, status=201)
