"""What a synthesizer returns: samples, and when each phone and each word sounds."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Span(NamedTuple):
    """name (a phone, or a word's index in the text) sounds from start to end, in seconds."""

    name: object
    start: float
    end: float


@dataclass
class Speech:
    samples: np.ndarray  # float32, mono, -1 to 1
    rate: int
    phones: list
    words: list


def word_spans(marks, count, end):
    """Spans from the times at which words begin; a word that the next mark does not follow directly
    (the synthesizer ran several words together) gets none, because its end is unknown."""
    spans = []
    for position, (start, index) in enumerate(marks):
        last = position + 1 == len(marks)
        following, stop = (count, end) if last else (marks[position + 1][1], marks[position + 1][0])
        if following == index + 1 and stop > start:
            spans.append(Span(index, start, stop))
    return spans
