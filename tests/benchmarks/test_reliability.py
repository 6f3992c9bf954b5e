"""benchmarks/reliability.py: sections of docs/reliability.md."""

from __future__ import annotations

from pathlib import Path

from benchmarks.reliability import read_sections, table, write_section


def test_a_section_is_replaced_and_others_stay(tmp_path: Path) -> None:
    """Each command writes its own section; those of other commands keep text and order."""
    document = tmp_path / "reliability.md"
    write_section("One", table({"lost": 3}), document)
    write_section("Two", "Text.\n\n### Below\n\nMore.", document)
    write_section("One", table({"lost": 0}), document)
    assert read_sections(document) == {
        "One": "| what | figure |\n|---|---|\n| lost | 0 |",
        "Two": "Text.\n\n### Below\n\nMore.",
    }
    text = document.read_text()
    assert text.startswith("# Reliability\n")
    assert text.endswith("More.\n")


def test_the_document_is_written_by_these_commands() -> None:
    """Every section of the committed file names the command that wrote it."""
    sections = read_sections()
    assert sections
    assert [title for title, text in sections.items() if "Written by `make " not in text] == []
