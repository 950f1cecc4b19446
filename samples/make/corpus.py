"""Makes the pre-training corpus: `python corpus.py FOLDER [--hours 24] [--processes 2]`.

Windows of exactly 3 s of telephone speech (24000 samples at 8 kHz; 149 frames of a Wav2Vec2 at 16 kHz), with the
phone and the word that sounds at the centre of every frame. FOLDER gets, for each shard of 512 windows,

- `shard-NNNN.audio.u8`: mu-law samples, windows x 24000
- `shard-NNNN.phones.u8`: indices into `phones`, windows x 149 (255: unknown, to be ignored)
- `shard-NNNN.words.u16`: indices into `words`, little-endian, windows x 149 (65535: to be ignored)

and `index.json` with the sizes, the names of phones and words, and each window's speaker. Word 0 is silence, word 1
any word outside the vocabulary. A shard found complete in FOLDER is not made again.
"""

import argparse
import dataclasses
import json
import multiprocessing
import pathlib

import numpy as np

import telephone
import voices
from phones import PHONES
from vocabulary import random_words, vocabulary

SEED = 1014
SECONDS, SAMPLES, FRAMES = 3, 24000, 149
WINDOWS, PER_STREAM = 512, 8  # a stream is one voice on one line, cut into consecutive windows
SHARE = {"espeak": 0.64, "flite": 0.21, "festival": 0.15}
SILENCE, OTHER, NO_PHONE, NO_WORD = 0, 1, 255, 65535
KEPT = 0.6  # the part of a word that a window must hold for the word to be a target
CENTRES = (np.arange(FRAMES) * 320 + 200) / 16000  # of the frames' receptive fields, in seconds

_phone_index = {name: index for index, name in enumerate(PHONES)}
_word_index = {name: index + 2 for index, name in enumerate(vocabulary())}


def stream(rng):
    """About 24 s of one voice: samples at 8 kHz, and spans of phone and word indices."""
    synthesizer = rng.choice(list(SHARE), p=list(SHARE.values()))
    voice = voices.pretraining_voice(rng, str(synthesizer))
    line = telephone.draw_line(rng, (12.0, 40.0))
    pieces, phones, spoken, at = [], [], [], 0
    wanted = PER_STREAM * SAMPLES
    while at < wanted:
        gap = int(rng.uniform(0.05, 0.6) * telephone.RATE)
        text = random_words(rng)
        speech = voices.speak(voice, text, rng)
        samples = telephone.to_line_rate(speech.samples, speech.rate, line)
        offset = (at + gap) / telephone.RATE
        phones += [
            (offset + start, offset + end, _phone_index.get(name, NO_PHONE)) for name, start, end in speech.phones
        ]
        spoken += [
            (offset + start, offset + end, _word_index.get(text[position], OTHER))
            for position, start, end in speech.words
        ]
        pieces += [np.zeros(gap, np.float32), samples]
        at += gap + len(samples)
    return voice, line, np.concatenate(pieces)[:wanted], phones, spoken


def at_times(spans, times, otherwise):
    """The index of the span that holds each time."""
    starts = np.array([start for start, _, _ in spans])
    ends = np.array([end for _, end, _ in spans])
    values = np.array([value for _, _, value in spans])
    position = np.clip(np.searchsorted(starts, times, "right") - 1, 0, None)
    inside = (times >= starts[position]) & (times < ends[position])
    return np.where(inside, values[position], otherwise)


def whole_enough(spans, start):
    """Spans of words; those that the window from start cuts too short become NO_WORD."""
    kept = []
    for begin, end, value in spans:
        inside = min(end, start + SECONDS) - max(begin, start)
        kept.append((begin, end, value if inside >= KEPT * (end - begin) else NO_WORD))
    return kept


def windows(rng):
    """Cuts one stream: tuples of speaker, mu-law codes, phones and words."""
    voice, line, samples, phones, spoken = stream(rng)
    for number in range(PER_STREAM):
        start = number * SECONDS
        times = start + CENTRES
        phone_track = at_times(phones, times, _phone_index["SIL"])
        word_track = at_times(whole_enough(spoken, start), times, NO_WORD)
        word_track = np.where(phone_track == _phone_index["SIL"], SILENCE, word_track)
        varied = dataclasses.replace(line, level=line.level + rng.uniform(-3, 3), snr=line.snr + rng.uniform(-3, 3))
        part = telephone.over_the_line(samples[number * SAMPLES : (number + 1) * SAMPLES], varied, rng)
        yield voice.id, telephone.mulaw_encode(part), phone_track.astype(np.uint8), word_track.astype("<u2")


def make_shard(task):
    folder, number = task
    speakers_path = folder / f"shard-{number:04d}.speakers.json"
    if speakers_path.exists():
        return number
    rng = np.random.default_rng([SEED, number])
    made = [window for _ in range(WINDOWS // PER_STREAM) for window in windows(rng)]
    made = [made[index] for index in rng.permutation(len(made))]
    for position, kind in ((1, "audio.u8"), (2, "phones.u8"), (3, "words.u16")):
        (folder / f"shard-{number:04d}.{kind}").write_bytes(b"".join(window[position].tobytes() for window in made))
    speakers_path.write_text(json.dumps([window[0] for window in made]))  # last: it marks the shard complete
    return number


def write_index(folder, count):
    speakers = [json.loads((folder / f"shard-{number:04d}.speakers.json").read_text()) for number in range(count)]
    index = {
        "sampling_rate": telephone.RATE,
        "encoding": "mulaw",
        "samples_per_window": SAMPLES,
        "frames_per_window": FRAMES,
        "phones": list(PHONES),
        "words": ["<silence>", "<other>", *vocabulary()],
        "ignore": {"phones": NO_PHONE, "words": NO_WORD},
        "shards": [
            {"name": f"shard-{number:04d}", "windows": len(own), "speakers": own} for number, own in enumerate(speakers)
        ],
    }
    partial = folder / "index.json.partial"
    partial.write_text(json.dumps(index))
    partial.rename(folder / "index.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    count = max(1, round(arguments.hours * 3600 / SECONDS / WINDOWS))
    tasks = [(arguments.folder, number) for number in range(count)]
    with multiprocessing.get_context("spawn").Pool(arguments.processes, maxtasksperchild=1) as pool:
        for done, number in enumerate(pool.imap(make_shard, tasks, chunksize=1), 1):
            write_index(arguments.folder, done)
            print(f"shard {number + 1} of {count}: {done * WINDOWS * SECONDS / 3600:.1f} h", flush=True)


if __name__ == "__main__":
    main()
