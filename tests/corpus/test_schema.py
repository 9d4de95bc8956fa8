import json
from collections import Counter

import numpy as np
import pytest

from corpus import schema


def test_there_are_580_values_of_different_names():
    assert len(schema.values()) == len(set(schema.names())) == 580


def test_sections_come_in_document_order():
    sections = [name.split(".")[0] for name in schema.names()]

    assert list(Counter(sections).items()) == [("lowlevel", 446), ("rhythm", 87), ("tonal", 47)]


@pytest.mark.parametrize(
    ("index", "name"),
    [
        (0, "lowlevel.average_loudness"),
        (1, "lowlevel.barkbands.dmean.mean"),
        (2, "lowlevel.barkbands.dmean.std"),
        (579, "tonal.tuning_nontempered_energy_ratio"),
    ],
)
def test_places_of_known_values(index, name):
    assert schema.names()[index] == name


def test_scales_span_what_real_music_spans():
    orders = [value.order for value in schema.values() if value.order is not None]

    assert min(orders) < -15
    assert max(orders) > 12
    assert all(0 <= value.zeros <= 1 and value.spread >= 0 for value in schema.values())


def test_flatten_takes_numbers_lists_and_statistics_but_no_strings():
    document = {
        "metadata": {"tags": {"ignored": 1}},
        "tonal": {"key_key": "D", "thpcp": [1, 3]},
        "rhythm": {"bpm": 120},
        "lowlevel": {
            "hfc": {"mean": 2.5, "var": 0.5},
            "mfcc": {"cov": [[1, 2], [3, 6]], "mean": [4.0, 4.0]},
        },
    }

    assert schema.flatten(document) == {
        "lowlevel.hfc.mean": 2.5,
        "lowlevel.hfc.var": 0.5,
        "lowlevel.mfcc.cov.mean": 3.0,
        "lowlevel.mfcc.cov.std": pytest.approx(np.sqrt(3.5)),
        "lowlevel.mfcc.mean.mean": 4.0,
        "lowlevel.mfcc.mean.std": 0.0,
        "rhythm.bpm": 120.0,
        "tonal.thpcp.mean": 2.0,
        "tonal.thpcp.std": 1.0,
    }
    assert list(schema.flatten(document))[-1] == "tonal.thpcp.std"


def test_real_documents_have_the_580_values_in_order(real_data):
    paths = sorted((real_data / "acousticbrainz").glob("*.json"))

    assert len(paths) == 2
    for path in paths:
        flat = schema.flatten(json.loads(path.read_text(encoding="utf-8")))
        assert tuple(flat) == schema.names()
        assert np.isfinite(list(flat.values())).all()
