"""Imports: people and phones of a source become commits of the tree.

    task      what is imported: a directory, a table      policy    what the tree says of it
    run       from the question to the commit             report    what came of it

May know: the tree, Git, the store. May not: LDAP, CSV (sync.ldap, sync.tables), or how records
are compared with the tree (sync.importing).
"""

from engine.importing.report import Report
from engine.importing.run import Request, run_import
from engine.importing.task import Task, directory_task

__all__ = ["Report", "Request", "Task", "directory_task", "run_import"]
