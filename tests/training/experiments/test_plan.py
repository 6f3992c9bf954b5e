"""training/experiments/plan.py: the tables are those of the seed project, and each compares one setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.training.experiments.configuration import Held, Network, Scale, Sources, Start
from streamsign.training.experiments.plan import Group, configurations, plan, steps_of

TABLES = {group.key: group for group in plan()}
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "experiments.md"


def varied(key: str, field: str) -> list[object]:
    """What a table's rows have in one field, in order, each once."""
    return list(dict.fromkeys(getattr(row.configuration, field) for row in TABLES[key].rows))


@pytest.mark.parametrize(
    ("key", "field", "values"),
    [
        ("chance", "seed", [0, 1, 2]),
        ("shallow", "network", [Network.MOBILENET_V2, Network.CONVOLUTIONS, Network.MLP, Network.LOGISTIC]),
        ("shallow", "start", [Start.IMAGENET, Start.RANDOM]),
        ("color", "channels", [1, 3]),
        ("dense", "dense", [8, 16, 32, 64, 128]),
        ("dropout", "dropout", [0.1, 0.2, 0.3]),
        ("epochs", "steps", [steps_of(15), 603, 905]),
        ("rates", "rate", [1e-4, 5e-4, 1e-3, 3e-3]),
        ("split", "held", [Held.SIGNERS, Held.FRAMES]),
        ("sources", "sources", list(Sources)),
        ("cleaning", "cleaned", [False, True]),
        ("mining", "mined", [False, True]),
        ("subset", "scale", [Scale.SUBSET, Scale.SEED]),
    ],
)
def test_covers_every_choice_the_seed_tried(key: str, field: str, values: list[object]) -> None:
    """Each table varies what its title says, over the values that were asked for."""
    assert varied(key, field) == values


def test_covers_every_backbone_the_seed_tried() -> None:
    """Both MobileNets at all their widths."""
    tried = {(row.configuration.network, row.configuration.width) for row in TABLES["backbones"].rows}
    v1, v2 = Network.MOBILENET_V1, Network.MOBILENET_V2
    assert tried == {(v2, 0.35), (v2, 0.1), (v2, 0.05), (v1, 0.25), (v1, 0.2), (v1, 0.1)}


@pytest.mark.parametrize("group", plan(), ids=lambda group: group.key)
def test_a_table_compares_what_can_be_compared(group: Group) -> None:
    """Equal steps unless steps are the question, different rows, and the seed's figure beside its own model only."""
    assert group.key == "epochs" or len({row.configuration.steps for row in group.rows}) == 1
    assert len({row.configuration for row in group.rows}) == len(group.rows)
    assert [row.configuration.scale for row in group.rows if row.final] == [Scale.SEED] * (group.key != "subset")
    assert group.rows[group.reference].final or group.key == "subset"


def test_every_random_start_is_said_in_its_row() -> None:
    """No reader takes a network without ImageNet weights for one with them."""
    rows = [row for group in plan() for row in group.rows if row.configuration.start is Start.RANDOM]
    assert len(rows) > 8
    assert all("random start" in row.name for row in rows)


def test_stays_at_the_seeds_scale_and_within_an_hour() -> None:
    """At most 400 and 5,000 pictures; rows shared by tables are run once."""
    assert Scale.SEED.images <= 400
    assert Scale.SUBSET.images <= 5000
    runs = configurations(plan())
    assert len(runs) == len(set(runs)) < sum(len(group.rows) for group in plan())
    assert sum(each.seconds for each in runs) < 3600


def test_shorter_runs_keep_their_proportion() -> None:
    """``--steps`` shortens the long runs as well."""
    epochs = next(group for group in plan(steps=4, seed=7) if group.key == "epochs")
    assert [row.configuration.steps for row in epochs.rows] == [4, 13, 20]
    assert {row.configuration.seed for row in epochs.rows} == {7}


def test_the_document_holds_every_table_of_the_plan() -> None:
    """A plan that has changed since the document was written is noticed."""
    if not DOCUMENT.is_file():
        pytest.skip("docs/experiments.md is not written yet: streamsign experiments")
    text = DOCUMENT.read_text(encoding="utf-8")
    for group in plan():
        assert f"## {group.title}\n" in text
        assert group.note in text
        assert all(f"| {row.name} |" in text for row in group.rows)
