"""Under hashed names every module imports hashed names: a plain one beside it would be a second copy with its own state."""

import re
from pathlib import Path

from django.contrib.staticfiles.finders import AppDirectoriesFinder

from common.staticfiles import ModuleManifestStorage

IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HASHED = re.compile(r"\.[0-9a-f]{12}\.m?js$")


def test_every_import_of_our_modules_is_rewritten(tmp_path: Path) -> None:
    storage = ModuleManifestStorage(location=str(tmp_path), base_url="/static/")
    paths = {}
    for name, found in AppDirectoriesFinder(app_names=["web"]).list([]):
        paths[name] = (found, name)
        with found.open(name) as content:
            storage._save(name, content)
    for _ in storage.post_process(paths):
        pass

    hashed = [
        path
        for path in tmp_path.rglob("*.js")
        if HASHED.search(path.name) and "vendor" not in path.parts
    ]
    imports = {
        (path.name, target)
        for path in hashed
        for target in IMPORT.findall(COMMENT.sub("", path.read_text()))
    }

    assert len(imports) > 20
    assert {(name, target) for name, target in imports if not HASHED.search(target)} == set()
