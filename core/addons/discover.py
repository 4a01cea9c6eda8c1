"""Where addons are found: the folders beside the kernel, a configured path, and installed packages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from core.addons.manifest import Manifest, ManifestError, read_manifest

GROUP = "guibin.addons"


def extra_paths() -> list[Path]:
    """Return the folders named in GUIBIN_ADDONS_PATH, separated like PATH."""
    return [Path(part).absolute() for part in os.environ.get("GUIBIN_ADDONS_PATH", "").split(os.pathsep) if part]


def available(paths: Iterable[Path] | None = None) -> Mapping[str, Manifest]:
    """Return the manifests of all addons that can be installed, by name.

    Refuses with ManifestError if a manifest is wrong or one name is found in two places.
    """
    make_importable(extra_paths() if paths is None else paths)
    package = import_module("addons")
    found: dict[str, Manifest] = {}
    for folder in (*_folders([*map(Path, package.__path__)]), *_entry_points()):
        manifest = read_manifest(folder)
        if manifest.name in found and found[manifest.name].folder != folder:
            raise ManifestError(f"{manifest.name} is at {found[manifest.name].folder} and at {folder}")
        found[manifest.name] = manifest
    return found


def make_importable(paths: Iterable[Path]) -> None:
    """Let `import addons.NAME` find the addons below these folders too."""
    package = import_module("addons")  # by name: the kernel does not depend on its addons
    for path in paths:
        if str(path) not in package.__path__:
            package.__path__.append(str(path))


def _folders(roots: Iterable[Path]) -> Iterable[Path]:
    for root in roots:
        yield from sorted(path.parent for path in root.glob("*/manifest.toml"))


def _entry_points() -> Iterable[Path]:
    for entry in entry_points(group=GROUP):
        spec = find_spec(entry.value)
        if spec is None or spec.origin is None:
            raise ManifestError(f"the package {entry.value} of the addon {entry.name} cannot be found")
        yield Path(spec.origin).parent
