"""The state folder: private files, and the grants that are signed with its key."""
