# SPDX-License-Identifier: Apache-2.0
"""The words under which the engine stores a name (fcgi/base/words.h), for the Latin names of the generated register."""
import functools
import re
import unicodedata

LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "ı": "i", "’": "'"})
REST = re.compile(r"[a-z]{1,4}'(.{3,})")


def fold(text):
    text = unicodedata.normalize("NFKD", text.lower().translate(LETTERS))
    return "".join(c for c in text if not unicodedata.combining(c))


@functools.lru_cache(maxsize=65536)
def stored(text):
    found = set()
    for chain in re.findall(r"[a-z0-9']+(?:-[a-z0-9']+)*", fold(text)):
        parts = [p.strip("'") for p in chain.split("-")]
        found.update(p.replace("'", "") for p in parts)
        found.update(m[1].replace("'", "") for p in parts if (m := REST.fullmatch(p)))
        if len(parts) > 1:
            found.add("".join(parts).replace("'", ""))
    return frozenset(found - {""})


def beside(found):
    """All words of a record (word → class) as they stand beside each, or the sign of a null where they do not fit (fcgi/resource/token.h)."""
    text = " " + "".join(f"{found[word]}{word} " for word in sorted(found, key=str.encode))
    return text if len(text.encode()) <= 255 else r"\N"
