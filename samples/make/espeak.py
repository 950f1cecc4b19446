"""espeak-ng through its C library: speech with the times of its phonemes and words.

The library (libespeak-ng 1.51) keeps its state in globals, so one process speaks with one voice at a time.
"""

import ctypes
import functools

import numpy as np

from speech import Span, Speech, word_spans

_WORD, _END, _PHONEME = 1, 5, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_SYNCHRONOUS, _PHONEME_EVENTS, _CHARS_UTF8 = 2, 1, 1


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_void_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Library:
    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.lib.espeak_Initialize(_SYNCHRONOUS, 500, None, _PHONEME_EVENTS)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng does not start: is espeak-ng-data installed?")
        self.audio, self.events = [], []
        self._callback = _Callback(self._receive)  # kept, or it would be collected
        self.lib.espeak_SetSynthCallback(self._callback)

    def _receive(self, wav, count, events):
        if wav and count > 0:
            self.audio.append(ctypes.string_at(wav, count * 2))
        position = 0
        while events[position].type != 0:
            event = events[position]
            self.events.append((event.type, event.text_position, event.sample, event.id.string))
            position += 1
        return 0


@functools.lru_cache(maxsize=1)
def _library():
    return _Library()


def speak(words, voice, rate=175, pitch=50, pitch_range=50, **_):
    """Speaks a list of words with a voice such as `en-us+f3`.

    rate in words a minute, pitch and pitch_range from 0 to 99. Returns a Speech whose phones carry espeak's
    mnemonics and whose words are the given ones (words that espeak runs together have no span).
    """
    library = _library()
    if library.lib.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"espeak-ng has no voice {voice}")
    for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, pitch_range)):
        library.lib.espeak_SetParameter(parameter, int(round(value)), 0)
    text = " ".join(words)
    data = text.encode() + b"\0"
    library.audio, library.events = [], []
    library.lib.espeak_Synth(data, len(data), 0, 1, 0, _CHARS_UTF8, None, None)
    samples = np.frombuffer(b"".join(library.audio), np.int16).astype(np.float32) / 32768
    return Speech(samples, library.rate, *_spans(words, library.events, len(samples), library.rate))


def _spans(words, events, length, rate):
    starts, position = {}, 1
    for index, word in enumerate(words):
        starts[position] = index
        position += len(word) + 1
    end = length / rate
    phone_events = [(sample / rate, name.decode("latin-1")) for kind, _, sample, name in events if kind == _PHONEME]
    phones = []
    for index, (start, name) in enumerate(phone_events):
        stop = phone_events[index + 1][0] if index + 1 < len(phone_events) else end
        if stop > start:
            phones.append(Span(name, start, stop))
    marks = [(sample / rate, starts[text]) for kind, text, sample, _ in events if kind == _WORD and text in starts]
    return phones, word_spans(marks, len(words), end)
