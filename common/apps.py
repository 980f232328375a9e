from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import pre_migrate

from common.extensions import create_extensions


class CommonConfig(AppConfig):
    name = "common"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("common.geo.checks")  # registers itself
        import_module("common.accounts.schema")  # makes itself known to the API's description
        pre_migrate.connect(create_extensions, sender=self, dispatch_uid="common.extensions")
