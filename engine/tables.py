"""Tables (CSV files) that become records, and trees that become tables.

May know: the tree that a table is read against, the models that are installed. May not: how a table
is read or written (sync.tables), nor what becomes of its records (engine.importing).
"""

from renderers.devices import Families
from schema.models import System
from sync.tables import ModelNames, Surroundings


def surroundings_of(system: System, families: Families) -> Surroundings:
    """What a table is read against."""
    names = (
        (id_, family.description.vendor, model.name)
        for id_, (family, model) in families.models.items()
    )
    return Surroundings(system, ModelNames(names))
