"""Floors follow the parcel: foreign keys point the way imports point (docs/README.md)."""

from django.apps import apps

FLOORS = ["common", "delivery", "couriers", "routing", "web"]


def test_no_foreign_key_points_from_a_lower_floor_to_a_higher_one() -> None:
    height = {name: level for level, name in enumerate(FLOORS)}
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in height
        for field in model._meta.get_fields()
        if field.many_to_one or (field.one_to_one and not field.auto_created)
        if field.concrete
        and height.get(field.related_model._meta.app_label, -1) > height[model._meta.app_label]
    ]
    assert upwards == []


def test_a_table_of_an_upper_floor_would_be_found() -> None:
    """The check above looks at real foreign keys: there are some between floors, all pointing down."""
    labels = {
        (m._meta.app_label, f.related_model._meta.app_label)
        for m in apps.get_models()
        for f in m._meta.get_fields()
        if f.many_to_one and f.concrete
    }
    assert ("routing", "couriers") in labels
    assert ("couriers", "delivery") in labels
