"""What a text says that moon and stars do. Where they do something, they are seen: it is night, and the moon has a
face if what it does is what people do.
"""

import re

from services.image.scene import Expression

_SPEECH = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"")
_ENGLISH = re.compile(
    r"(?:^|[.!?,;:—]\s*|\b(?:when|as|while|(?<!moon )(?<!sun )and|because|until|but|then|though|soon|where|so)\s+)"
    r"(?:(?:the|a|an|all|every)\s+){1,2}(?:\w+\s+){0,2}?(?P<body>moon|stars?)\s+"
    r"(?!(?:of|in|and|or|on|at|with|to|from|for|by|above|over|behind|again|that|who|which|called|named|too)\b)"
    r"(?P<does>\w[\w' ]*)",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?:^|[，。！？；：、\s]|当|只见|看见|看到|直到|原来|连)"
    r"(?:一轮|一弯|满天的?|天上的|[\u4e00-\u9fff]{1,4}的)?[大小圆]?(?P<body>月亮|星星)们?"
    r"(?![的上里中边旁和与，。！？；：、\s]|$)(?P<does>[\u4e00-\u9fff]+)"
)
_NEXT = re.compile(r"\b(?:and the|while|but|over|under)\b")
"""Where somebody else begins to do something, or it is said where."""
_FACES = {
    Expression.ASLEEP: re.compile(r"\b(?:asleep|sle(?:ep|pt)|dream|snor|doz|nap)|睡|做梦|打盹", re.IGNORECASE),
    Expression.SAD: re.compile(r"\b(?:cr(?:y|ied)|we(?:ep|pt)|sigh|sad)|哭|叹|难过|伤心", re.IGNORECASE),
    Expression.HAPPY: re.compile(r"\b(?:smil|laugh|giggl|grin|sang|sing|danc)|笑|唱|高兴|开心", re.IGNORECASE),
    Expression.PLAIN: re.compile(
        r"\b(?:wink|blink|yawn|wak|woke|whisper|sa(?:id|ys)|ask|listen|wonder|watch|look)|眨|醒|说|问|听|看|望|哈欠|起床",
        re.IGNORECASE,
    ),
}
"""Of what people do, the first that is found counts."""


def does(text: str) -> bool:
    """Whether moon or stars do something in a text, apart from what is said aloud there."""
    return bool(_deeds(text))


def moon_face(text: str) -> Expression | None:
    """The face of a moon that does what people do; None where it does not."""
    for body, deed in _deeds(text):
        if body.lower() in {"moon", "月亮"}:
            clause = _NEXT.split(deed)[0]
            for expression, words in _FACES.items():
                if words.search(clause):
                    return expression
    return None


def _deeds(text: str) -> list[tuple[str, str]]:
    """What does something, and the rest of its clause."""
    told = _SPEECH.sub(" , ", text)
    return [(match["body"], match["does"]) for pattern in (_ENGLISH, _CHINESE) for match in pattern.finditer(told)]
