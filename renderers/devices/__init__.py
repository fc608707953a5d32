"""Device files: what each phone of a tree fetches, from a folder of data per family.

Pure like all of `renderers`: a `System` in, contexts and bytes out; no clock, no network, and no
files but the families' own folders. `docs/devices.md` describes the folders.
"""

from renderers.devices.announced import announced
from renderers.devices.change import changed_phones
from renderers.devices.check import check_devices
from renderers.devices.clock import UnknownTimeZone
from renderers.devices.compile import DeviceCompiler, device_files
from renderers.devices.context import (
    BookContext,
    BookLink,
    Device,
    DeviceContext,
    DeviceFile,
    HoldingContext,
    Placeholders,
    Secrets,
    SharedContext,
)
from renderers.devices.family import Families, Family, Upload, bootstrap_file
from renderers.devices.holding import holding_file
from renderers.devices.load import FamilyError, known_models, load_families
from renderers.devices.phonebooks import BookCompiler, Books, found_in, with_books
from renderers.devices.place import device_url, provisioning_url
from renderers.devices.recognise import (
    Sighting,
    identify,
    recognise,
    recognise_mac,
    recognise_path,
)
from renderers.devices.render import RenderError, render, render_all, try_out_families

__all__ = [
    "BookCompiler", "BookContext", "BookLink", "Books", "Device", "DeviceCompiler",
    "DeviceContext", "DeviceFile", "Families", "Family", "FamilyError", "HoldingContext",
    "Placeholders", "RenderError", "Secrets", "SharedContext", "Sighting", "UnknownTimeZone",
    "Upload",
    "announced", "bootstrap_file", "changed_phones", "check_devices", "device_files",
    "device_url", "found_in", "holding_file", "identify", "known_models", "load_families",
    "provisioning_url",
    "recognise", "recognise_mac", "recognise_path", "render", "render_all", "try_out_families",
    "with_books",
]  # fmt: skip
