"""Who speaks: the voices of the training part, the unseen ones, and the further ones of pre-training.

A voice is a synthesizer's voice with a vocal tract length (its spectrum shifted by resampling) and its own
middle pitch and speed. Unseen means that the espeak-ng variant, or the flite or Festival speaker, occurs nowhere
else, neither in training nor in pre-training, in any accent or tract length.
"""

from dataclasses import dataclass, replace

import espeak
import festival
import flite
from phones import to_arpabet
from speech import Span, Speech

_SPEAK = {"espeak": espeak.speak, "flite": flite.speak, "festival": festival.speak}


@dataclass(frozen=True)
class Voice:
    synthesizer: str
    name: str
    tract: float = 1.0  # above 1: higher formants, a shorter vocal tract
    pitch: float = 50.0  # espeak: 0 to 99; else Hz
    speed: float = 1.0  # 1 is about 180 words a minute

    @property
    def id(self):
        tract = "" if self.tract == 1 else f"*{self.tract:.2f}"
        return f"{self.synthesizer}-{self.name}{tract}"


# What brings each speaker near the same speed, and its own mean pitch in Hz.
_STRETCH = {"kal": 0.95, "kal16": 0.95, "awb": 0.95, "rms": 0.78, "slt": 0.86, "kal_diphone": 0.9,
            "ked_diphone": 0.9, "cmu_us_slt_arctic_hts": 0.9}  # fmt: skip
_F0 = {"kal": 105, "kal16": 105, "awb": 132, "rms": 96, "slt": 172, "kal_diphone": 108, "ked_diphone": 108,
       "cmu_us_slt_arctic_hts": 172}  # fmt: skip

_E_TRAIN = (
    "en-us en-us+m1 en-us+f2 en-us+f3 en-us+Alex en-us+Henrique en-us+Gene en-us+belinda en-us+Michael en-us+m7 "
    "en-us+steph en-us+Mike en-us+adam en-us+klatt4 en en+m2 en+f1 en+Hugo en+m8 en+aunty en+michel "
    "en-gb-scotland+f5 en-gb-scotland+m4 en-gb-scotland+max en-gb-x-rp+m3 en-gb-x-rp+grandma en-gb-x-rp+Denis "
    "en-gb-x-gbclan+m5 en-gb-x-gbclan+Nguyen en-us-nyc+david"
).split()
_E_UNSEEN = (
    "en-us+f4 en-us+Andy en-us+miguel en+m6 en+anika en-gb-scotland+sandro en-gb-x-rp+linda en-us-nyc+john"
).split()
_E_PRETRAINING = (
    "Annie Diogo Jacky Mario RicishayMax Tweaky announcer antonio benjamin boris caleb ed edward fast grandpa iven "
    "iven3 iven4 klatt klatt2 klatt3 klatt5 klatt6 pablo paul pedro quincy rob robert robosoft4 robosoft6 steph2 victor"
).split()
ACCENTS = "en-us en-us en-us en en en-gb-scotland en-gb-x-rp en-gb-x-gbclan en-gb-x-gbcwmd en-us-nyc".split()


def _own_pitch(index):
    return 38 + 7 * (index % 5)  # 38 to 66, spread over the voices


def _recorded(synthesizer, name, tract=1.0):
    return Voice(synthesizer, name, tract, _F0[name])


TRAIN = [Voice("espeak", name, pitch=_own_pitch(i)) for i, name in enumerate(_E_TRAIN)] + [
    _recorded("flite", "slt"),
    _recorded("flite", "slt", 0.95),
    _recorded("flite", "slt", 1.05),
    _recorded("flite", "rms"),
    _recorded("flite", "rms", 1.06),
    _recorded("flite", "kal16"),
    _recorded("flite", "kal16", 1.07),
    _recorded("flite", "kal"),
    _recorded("festival", "kal_diphone"),
    _recorded("festival", "kal_diphone", 0.94),
    _recorded("festival", "cmu_us_slt_arctic_hts"),
    _recorded("festival", "cmu_us_slt_arctic_hts", 0.95),
    _recorded("festival", "cmu_us_slt_arctic_hts", 1.05),
]
UNSEEN = [Voice("espeak", name, pitch=_own_pitch(i + 2)) for i, name in enumerate(_E_UNSEEN)] + [
    _recorded("flite", "awb"),
    _recorded("festival", "ked_diphone"),
]


def pretraining_voice(rng, synthesizer):
    """A voice for pre-training: of the training part with any accent and tract length, or one of the further ones."""
    tract = float(rng.uniform(0.9, 1.1))
    if synthesizer != "espeak":
        names = sorted({voice.name for voice in TRAIN if voice.synthesizer == synthesizer})
        name = names[rng.integers(len(names))]
        return Voice(synthesizer, name, tract, _F0[name] * rng.uniform(0.85, 1.2), rng.uniform(0.85, 1.2))
    known = rng.random()
    if known < 0.4:
        name = _E_TRAIN[rng.integers(len(_E_TRAIN))]
    else:
        further = _E_PRETRAINING if known > 0.7 else [n.split("+")[1] for n in _E_TRAIN if "+" in n]
        name = f"{ACCENTS[rng.integers(len(ACCENTS))]}+{further[rng.integers(len(further))]}"
    return Voice("espeak", name, tract, rng.uniform(30, 70), rng.uniform(0.85, 1.2))


def speak(voice, words, rng):
    """Speaks words with a voice, its pitch and speed varied a little; phones come back as ARPAbet.

    The vocal tract factor is applied by declaring another sampling rate; speed and pitch are set so that the
    declared rate brings them back.
    """
    speed = voice.speed * rng.uniform(0.88, 1.05) / voice.tract
    if voice.synthesizer == "espeak":
        pitch = voice.pitch + rng.uniform(-6, 6) - 45 * (voice.tract - 1)
        options = {"rate": 182 * speed, "pitch": min(max(pitch, 5), 95), "pitch_range": rng.uniform(35, 70)}
    else:
        f0 = voice.pitch * rng.uniform(0.93, 1.08) / voice.tract
        options = {"stretch": _STRETCH[voice.name] / speed, "f0": f0, "f0_range": f0 * rng.uniform(0.07, 0.16)}
    speech = _SPEAK[voice.synthesizer](words, voice.name, **options)
    speech.phones = to_arpabet(speech.phones, voice.synthesizer, voice.name)
    return _with_tract(speech, voice.tract)


def _with_tract(speech, tract):
    def scale(spans):
        return [Span(name, start / tract, end / tract) for name, start, end in spans]

    return replace(speech, rate=speech.rate * tract, phones=scale(speech.phones), words=scale(speech.words))
