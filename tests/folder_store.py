"""An object store that is a folder, for calling a stage's handler by hand."""

from talestream.folder_store import FolderStore

__all__ = ["FolderStore"]
