"""The files of the pages that have a size limit of their own."""

HAND_FILES = ("collect", "stored-hands", "check-hands", "adapt-hand", "id-hand", "id-problems", "learning")
"""Names without suffix of the files for recording hands and adapting to them. Only who does so loads them: the page
/collect, the offer to adapt to chosen words, the Indonesian texts of both, and the Indonesian
refusals, which are loaded when there is one."""
