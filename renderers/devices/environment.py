"""The Jinja environment of each file format: sandboxed, strict, escaping everything it prints.

A name that a template uses and nobody gave is an error, never an empty value; a template from a
user's tree reaches data only, no Python internals.
"""

from functools import cache

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from renderers.devices.escape import FINALIZERS, Format


@cache
def environment_for(format_: Format) -> jinja2.Environment:
    """The one environment of a format. Templates are compiled from strings, never from disk."""
    return ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=format_ == "xml",
        finalize=FINALIZERS[format_],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
