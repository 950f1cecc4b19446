"""Festival as a child process per voice: speech with the times of its segments and words."""

import functools
import os
import subprocess
import tempfile
import wave

import numpy as np

from speech import Span, Speech, word_spans

_SPEAK = r"""
(define (etude_speak text path)
  (let ((utt (eval (list 'Utterance 'Text text))) (count -1))
    (utt.synth utt)
    (utt.save.wave utt path 'riff)
    (mapcar (lambda (token)
              (if (not (item.parent token)) ; the relation also holds each token's words
                (begin (set! count (+ count 1)) (item.set_feat token "number" count))))
            (utt.relation.items utt 'Token))
    (mapcar (lambda (segment)
              (format t "S %s %s %s\n" (item.name segment) (item.feat segment "end")
                (if (item.relation.parent segment 'SylStructure)
                    (item.feat segment "R:SylStructure.parent.parent.R:Token.parent.number") "-")))
            (utt.relation.items utt 'Segment))
    (format t "E\n")
    (fflush nil)))
(define (etude_hts_speed speed)
  (set! hts_engine_params
    (append cmu_us_slt_arctic_hts::hts_engine_params (list (list "-r" speed)))))
(define (etude_diphone_pitch mean deviation)
  (set! int_lr_params (list (list 'target_f0_mean mean) (list 'target_f0_std deviation)
                            '(model_f0_mean 170) '(model_f0_std 34))))
"""


class _Process:
    def __init__(self, voice):
        self.child = subprocess.Popen(
            ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.write(_SPEAK + f"(voice_{voice})")

    def write(self, scheme):
        self.child.stdin.write(scheme + "\n")
        self.child.stdin.flush()


@functools.cache
def _process(voice):
    return _Process(voice)


def speak(words, voice, stretch=1.0, f0=None, f0_range=12, **_):
    """Speaks a list of words with kal_diphone, ked_diphone or cmu_us_slt_arctic_hts.

    stretch lengthens every segment; f0 and f0_range are mean and deviation of the pitch in Hz, which HTS does not
    follow. Returns a Speech whose phones carry festival's segment names.
    """
    process = _process(voice)
    if voice.endswith("hts"):
        process.write(f"(etude_hts_speed {1 / stretch:.3f})")
    else:
        process.write(f"(Parameter.set 'Duration_Stretch {stretch:.3f})")
    if f0 is not None:
        process.write(f"(etude_diphone_pitch {f0:.1f} {f0_range:.1f})")
    descriptor, path = tempfile.mkstemp(suffix=".wav")
    os.close(descriptor)
    try:
        return _speech(process, words, path)
    finally:
        os.unlink(path)


def _speech(process, words, path):
    process.write(f'(etude_speak "{" ".join(words)}" "{path}")')
    phones, marks, start, current = [], [], 0.0, None
    while True:
        line = process.child.stdout.readline()
        if not line:
            raise RuntimeError("festival ended while it spoke: " + " ".join(words))
        if line.strip() == "E":
            break
        if not line.startswith("S "):
            continue
        _, name, end, index = line.split()
        phones.append(Span(name, start, float(end)))
        if index != "-" and int(float(index)) != current:
            current = int(float(index))
            marks.append((start, current))
        start = float(end)
    with wave.open(path) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
    return Speech(samples, rate, phones, word_spans(marks, len(words), len(samples) / rate))
