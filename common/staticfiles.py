"""Static files with hashed names, ES-module imports included."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import` paths of our modules to the hashed names, so that they can be cached for ever."""

    support_js_module_import_aggregation = True
    # Files named only at run time (the map's worker) keep their plain name beside the hashed one.
    manifest_strict = False
