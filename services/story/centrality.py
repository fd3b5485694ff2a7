"""How central each sentence is to its text. Pure."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence


def centrality(sentences: Sequence[Sequence[str]]) -> list[float]:
    """The cosine, 0 to 1, between each sentence and the centre of them all.

    A sentence is given by its words, and counts as the vector of how often it has each, weighed by how few sentences
    have that word (tf-idf); the centre is the sum of these vectors. It is the centroid measure of MEAD (Radev, Jing,
    Styś and Tam: Centroid-based summarization of multiple documents, 2004).
    """
    having = Counter(word for words in sentences for word in set(words))
    vectors = [
        {word: times * math.log(1 + len(sentences) / having[word]) for word, times in Counter(words).items()}
        for words in sentences
    ]
    centre: dict[str, float] = defaultdict(float)
    for vector in vectors:
        for word, weight in vector.items():
            centre[word] += weight
    size = _length(centre)
    return [
        sum(weight * centre[word] for word, weight in vector.items()) / (_length(vector) * size) if vector else 0.0
        for vector in vectors
    ]


def _length(vector: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values()))
