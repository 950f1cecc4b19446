"""flite through its C libraries: speech with the times of its segments and words."""

import ctypes
import functools

import numpy as np

from speech import Span, Speech, word_spans

_POINTER = ctypes.c_void_p


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _Voice(ctypes.Structure):  # the head of cst_voice
    _fields_ = [("name", ctypes.c_char_p), ("features", _POINTER)]


@functools.cache
def _library():
    lib = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    for name in ("libflite_cmulex.so.1", "libflite_usenglish.so.1"):
        ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    signatures = {
        "flite_synth_text": (_POINTER, [ctypes.c_char_p, _POINTER]),
        "utt_wave": (ctypes.POINTER(_Wave), [_POINTER]),
        "utt_relation": (_POINTER, [_POINTER, ctypes.c_char_p]),
        "relation_head": (_POINTER, [_POINTER]),
        "item_next": (_POINTER, [_POINTER]),
        "item_parent": (_POINTER, [_POINTER]),
        "item_as": (_POINTER, [_POINTER, ctypes.c_char_p]),
        "item_feat_string": (ctypes.c_char_p, [_POINTER, ctypes.c_char_p]),
        "item_feat_float": (ctypes.c_float, [_POINTER, ctypes.c_char_p]),
        "delete_utterance": (None, [_POINTER]),
        "feat_set_float": (ctypes.c_int, [_POINTER, ctypes.c_char_p, ctypes.c_float]),
    }
    for name, (result, arguments) in signatures.items():
        getattr(lib, name).restype, getattr(lib, name).argtypes = result, arguments
    lib.flite_init()
    return lib


@functools.cache
def _voice(name):
    _library()
    library = ctypes.CDLL(f"libflite_cmu_us_{name}.so.1")
    register = getattr(library, f"register_cmu_us_{name}")
    register.restype, register.argtypes = ctypes.POINTER(_Voice), [ctypes.c_char_p]
    return register(None)


def speak(words, voice, stretch=1.0, f0=None, f0_range=None, **_):
    """Speaks a list of words with the voice kal, kal16, awb, rms or slt.

    stretch lengthens every segment; f0 and f0_range are mean and standard deviation of the pitch in Hz (None
    keeps the voice's). Returns a Speech whose phones carry flite's segment names.
    """
    lib, handle = _library(), _voice(voice)
    features = handle.contents.features
    lib.feat_set_float(features, b"duration_stretch", stretch)
    if f0 is not None:
        lib.feat_set_float(features, b"int_f0_target_mean", f0)
    if f0_range is not None:
        lib.feat_set_float(features, b"int_f0_target_stddev", f0_range)
    utterance = lib.flite_synth_text(" ".join(words).encode(), handle)
    wave = lib.utt_wave(utterance).contents
    samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).astype(np.float32) / 32768
    rate = wave.sample_rate
    phones, marks = _segments(lib, utterance)
    lib.delete_utterance(utterance)
    return Speech(samples, rate, phones, word_spans(marks, len(words), len(samples) / rate))


def _segments(lib, utterance):
    phones, marks, start, tokens = [], [], 0.0, {}
    token = lib.relation_head(lib.utt_relation(utterance, b"Token"))
    while token:
        tokens[token] = len(tokens)
        token = lib.item_next(token)
    segment = lib.relation_head(lib.utt_relation(utterance, b"Segment"))
    current = None
    while segment:
        end = lib.item_feat_float(segment, b"end")
        phones.append(Span(lib.item_feat_string(segment, b"name").decode(), start, end))
        index = _token_of(lib, segment, tokens)
        if index is not None and index != current:
            marks.append((start, index))
            current = index
        start, segment = end, lib.item_next(segment)
    return phones, marks


def _token_of(lib, segment, tokens):
    """Segment -> syllable -> word -> token; None for a pause."""
    syllable = lib.item_as(segment, b"SylStructure")
    word = syllable and lib.item_parent(lib.item_parent(syllable))
    token = word and lib.item_parent(lib.item_as(word, b"Token"))
    return tokens.get(lib.item_as(token, b"Token")) if token else None
