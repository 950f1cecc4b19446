"""One set of 41 phones (ARPAbet) for what the three synthesizers report."""

from speech import Span

PHONES = (
    "SIL AA AE AH AO AW AX AY B CH D DH DX EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
).split()

_ESPEAK = {
    "_": "SIL", "_:": "SIL", "_!": "SIL", "A:": "AA", "a": "AE", "V": "AH", "O:": "AO", "O2": "AO", "O": "AO",
    "aU": "AW", "@": "AX", "@2": "AX", "@5": "AX", "a#": "AX", "E#": "AX", "aI": "AY", "aI2": "AY", "b": "B",
    "tS": "CH", "d": "D", "D": "DH", "t#": "DX", "E": "EH", "E2": "EH", "3:": "ER", "eI": "EY", "f": "F", "g": "G",
    "h": "HH", "x": "HH", "I": "IH", "I2": "IH", "I#": "IH", "i": "IY", "i:": "IY", "dZ": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "n-": "N", "N": "NG", "oU": "OW", "OI": "OY", "p": "P", "r": "R", "r-": "R", "s": "S",
    "S": "SH", "t": "T", "t2": "T", "t[": "T", "?": "T", "T": "TH", "U": "UH", "u": "UW", "u:": "UW", "v": "V",
    "w": "W", "w#": "W", "j": "Y", ";": "Y", "z": "Z", "Z": "ZH", "@L": "AX L",
}  # fmt: skip
_ESPEAK_RHOTIC = {
    "0": "AA", "aa": "AE", "3": "ER", "A@": "AA R", "O@": "AO R", "o@": "AO R", "e@": "EH R", "i@": "IH R",
    "i@3": "IH R", "U@": "UH R", "aI@": "AY ER", "aI3": "AY ER", "aU@": "AW ER", "VR": "ER", "IR": "IH R",
}  # fmt: skip
_ESPEAK_BRITISH = {
    "0": "AO", "aa": "AA", "3": "AX", "A@": "AA", "O@": "AO", "o@": "AO", "e@": "EH", "i@": "IH AX",
    "i@3": "IH AX", "U@": "UH AX", "aI@": "AY AX", "aI3": "AY AX", "aU@": "AW AX", "VR": "ER", "IR": "ER",
}  # fmt: skip
_RHOTIC_ACCENTS = ("en-us", "en-gb-scotland")
_FESTIVAL = {"pau": "SIL", "h#": "SIL", "brth": "SIL", "axr": "ER", "ix": "IH", "el": "AX L", "em": "AX M", "en": "AX N"}


def to_arpabet(spans, synthesizer, voice):
    """Spans of PHONES from a synthesizer's own; a phone of two parts is cut in half, and one that has no
    counterpart becomes a span named None."""
    result = []
    for name, start, end in spans:
        parts = _names(name, synthesizer, voice)
        step = (end - start) / len(parts)
        result += [Span(part, start + i * step, start + (i + 1) * step) for i, part in enumerate(parts)]
    return result


def _names(name, synthesizer, voice):
    if synthesizer == "espeak":
        accent = voice.split("+")[0]
        table = _ESPEAK_RHOTIC if accent in _RHOTIC_ACCENTS else _ESPEAK_BRITISH
        arpabet = table.get(name) or _ESPEAK.get(name) or _ESPEAK.get(name.rstrip("#-2345"))
    else:
        arpabet = _FESTIVAL.get(name, name.upper() if name.upper() in PHONES else None)
    return arpabet.split() if arpabet else [None]
