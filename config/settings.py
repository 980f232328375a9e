"""Everything comes from the environment; a bad value fails at start with a sentence."""

import json
import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import roads
from config.geolibs import library_paths
from config.logs import LOGGING  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
env = environ.Env()

GDAL_LIBRARY_PATH, GEOS_LIBRARY_PATH = library_paths()

DEBUG = env.bool("CARTEIRO_DEBUG", default=False)
SECRET_KEY = env.str("CARTEIRO_SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "Set CARTEIRO_SECRET_KEY to a long random string (or CARTEIRO_DEBUG=1 on your own machine)."
        )
    SECRET_KEY = "only-for-your-own-machine-" + "0123456789" * 4
SECRET_KEY_FALLBACKS = env.list("CARTEIRO_SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list(
    "CARTEIRO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else []
)
CSRF_TRUSTED_ORIGINS = env.list("CARTEIRO_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("CARTEIRO_PUBLIC_URL", default="http://localhost:8000").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "pgtrigger",
    "procrastinate.contrib.django",
    "common",
    "delivery",
    "couriers",
    "routing",
    "web",
]

MIDDLEWARE = [
    "common.observability.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "common.accounts.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.clock.context",
                "web.context.house",
            ],
        },
    },
]

# Database: PostgreSQL with PostGIS is the only truth.
_database = env.db_url(
    "DATABASE_URL",
    default="postgis://app@/carteiro",
    engine="django.contrib.gis.db.backends.postgis",
)
_options = _database.setdefault("OPTIONS", {})
for _name in ("host", "port"):
    if _options.get(_name):
        _database[_name.upper()] = _options.pop(_name)
DATABASE_POOL_SIZE = env.int("CARTEIRO_DATABASE_POOL", default=8)
if DATABASE_POOL_SIZE:
    _options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10}
_options["options"] = "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"
_database["TEST"] = {"NAME": env.str("CARTEIRO_TEST_DATABASE", default="test_carteiro")}
_database["CONN_MAX_AGE"] = 0
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries wake-ups only; empty = sockets catch up by polling the database.
REDIS_URL = env.str("REDIS_URL", default="")

AUTH_USER_MODEL = "common.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("pt-br", _("Português (Brasil)"))]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
_storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
if env.bool("CARTEIRO_STATIC_MANIFEST", default=not DEBUG):
    _storage = "common.staticfiles.ModuleManifestStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _storage},
}
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_MIMETYPES = {".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}
MEDIA_ROOT = Path(env.str("CARTEIRO_MEDIA_ROOT", default=str(LOCAL / "media")))

# Uploads and bodies: nothing larger reaches a parser.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
CSV_MAX_BYTES = 12_000_000
UPLOAD_MAX_BYTES = (
    CSV_MAX_BYTES + 100_000
)  # of a multipart body: the largest file and the fields around it

# Security headers.
MAP_STYLE_URL = env.str("MAP_STYLE_URL", default="")
_map_hosts = env.list("CARTEIRO_MAP_HOSTS", default=[])
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, "'wasm-unsafe-eval'"],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:", *_map_hosts],
    "font-src": [CSP.SELF, *_map_hosts],
    "connect-src": [CSP.SELF, *_map_hosts],
    "worker-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if SECURE:
    SESSION_COOKIE_NAME = "__Host-session"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("CARTEIRO_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "common.accounts.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.CarefulJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.api.paging.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.HouseSchema",
    "EXCEPTION_HANDLER": "common.errors.handler.problem_response",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Carteiro API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": "Orders in once and only once, status out. "
    "Every write takes an `Idempotency-Key`; every error is an `application/problem+json`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Enums that share a field's name: without a name of their own they would be numbered by a hash.
    "ENUM_NAME_OVERRIDES": {
        "SalesChannel": "delivery.orders.models.Order.Channel",
        "SentChannel": "delivery.orders.reading.CHANNELS",
        "ConsignmentStatus": "delivery.orders.status.Status",
        "OrganizationKind": "common.accounts.models.Organization.Kind",
        "VehicleKind": "couriers.vehicles.models.VehicleKind",
        "ConsignmentKind": "delivery.orders.models.Consignment.Kind",
        "ProofKind": "delivery.proof_of_delivery.models.Proof.Kind",
        "CustodyScanKind": "delivery.parcels.models.CustodyScan.Kind",
        "AssignmentState": "couriers.assignment.models.Assignment.State",
        "AssignmentRunState": "couriers.assignment.models.AssignmentRun.State",
        "ChecklistStepState": "delivery.packaging.models.ChecklistStep.State",
        "CsvImportState": "delivery.intake.models.CsvImport.State",
        "PlanState": "routing.plans.models.Plan.State",
        "RouteState": "routing.routes.models.Route.State",
        "StopState": "routing.routes.models.Stop.State",
    },
}

# Roads, map and geocoding.
OSM_EXTRACT = env.str("CARTEIRO_OSM_EXTRACT", default="")
_roads = roads.read(env)
ROAD_ENGINES = _roads.engines
OSRM_URLS, OSRM_MAX_TABLE = _roads.osrm_urls, _roads.osrm_max_table
VALHALLA_URL, VALHALLA_MAX_PAIRS = _roads.valhalla_url, _roads.valhalla_max_pairs
MAP_VERSION, TRAVEL_CACHE_MB = _roads.map_version, _roads.cache_mb
try:
    GEOCODER_OPTIONS: dict[str, object] = json.loads(env.str("GEOCODER_OPTIONS", default="{}"))
except ValueError as error:
    raise ImproperlyConfigured(f"GEOCODER_OPTIONS must be a JSON object: {error}.") from error
GEOCODER = env.str("GEOCODER", default="embedded")
COUNTRY = env.str("CARTEIRO_COUNTRY", default="FI")
CURRENCY = env.str("CARTEIRO_CURRENCY", default="EUR")

# A clock that a demo day may drive (see common/clock.py); empty = the real one.
CLOCK_FILE = env.str("CARTEIRO_CLOCK_FILE", default="")
if CLOCK_FILE and not DEBUG:
    raise ImproperlyConfigured(
        "CARTEIRO_CLOCK_FILE drives the demo's clock and works with CARTEIRO_DEBUG=1 only."
    )

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
SOLVER_SECONDS = env.int("CARTEIRO_SOLVER_SECONDS", default=10)
SILENCED_SYSTEM_CHECKS: list[str] = []
os.environ.setdefault("OMP_NUM_THREADS", "1")
