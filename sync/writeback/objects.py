"""Changed files as Git objects: blobs, a tree, a commit. No branch, index or file is touched.

May know: Git's plumbing. May not: what the files say.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sync.commit_tree import CommitSource
from sync.errors import CommitRefused, GitFailed
from sync.git import Repository
from sync.message import commit_environment
from sync.verify import signing
from sync.writeback.note import Note


def tree_with(repository: Repository, base: str, files: Mapping[str, bytes]) -> str:
    """The id of a tree like that of the commit `base`, with other contents of some files."""
    with tempfile.TemporaryDirectory(prefix="pbx-index-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        repository.git.run("read-tree", base, environment=index)
        modes = modes_of(repository, base)
        lines = [f"{modes[path]} {store(repository, data)}\t{path}" for path, data in files.items()]
        listing = "\0".join(lines).encode("utf-8", "surrogateescape") + b"\0"
        repository.git.run("update-index", "-z", "--index-info", stdin=listing, environment=index)
        return repository.git.run("write-tree", environment=index).decode("ascii").strip()


def modes_of(repository: Repository, base: str) -> dict[str, str]:
    """The mode of each file, which may say that it can be executed."""
    listing = repository.git.run("ls-tree", "-r", "-z", "--full-tree", base)
    lines = (line.partition(b"\t") for line in listing.split(b"\0") if line)
    return {
        path.decode("utf-8", "backslashreplace"): facts.split()[0].decode()
        for facts, _, path in lines
    }


def store(repository: Repository, data: bytes) -> str:
    """The id of a new blob; the bytes go in as they are, whatever `.gitattributes` say."""
    output = repository.git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=data)
    return output.decode("ascii").strip()


def source_of(repository: Repository, tree: str) -> CommitSource:
    """A tree that no commit has yet, to validate."""
    return CommitSource(repository.git, repository.objects, tree, "the changed tree")


def commit_of(repository: Repository, tree: str, parent: str, note: Note) -> str:
    """A commit object with that tree on top of `parent`, signed where git is told to sign.

    No branch moves yet. Raises CommitRefused when it cannot be signed.
    """
    try:
        output = repository.git.run(
            "commit-tree", *signing(repository), tree, "-p", parent, "-F", "-",
            stdin=note.message(),
            environment=commit_environment(repository.git, note.author),
        )  # fmt: skip
    except GitFailed as error:
        raise CommitRefused(error.output.strip() or str(error)) from None
    return output.decode("ascii").strip()
