"""Makes the sample data set: `python make_samples.py [folder]`, by default ../data. Takes about two minutes.

The same seed gives the same bytes with the same versions of the synthesizers (see README.md). One process speaks
with one voice from start to end, because a synthesizer's state carries over from one sentence to the next.
"""

import multiprocessing
import pathlib
import sys

import numpy as np

import telephone
import voices
from parquet import INTENTS, LANGUAGES, mulaw_wav, write_split
from phrasings import HELD_OUT, TRAIN, words

SEED = 14
CLIPS_PER_INTENT = {"train": 60, "unseen_voices": 10, "unseen_phrasings": 10}
LONGEST = 3.2  # seconds


def plan(rng):
    """Who says what: lists of (split, intent, sentence, voice); no sentence twice by one voice."""
    jobs = []
    jobs += assign(rng, "train", TRAIN, voices.TRAIN)
    jobs += assign(rng, "unseen_voices", TRAIN, voices.UNSEEN)
    jobs += assign(rng, "unseen_phrasings", HELD_OUT, voices.TRAIN)
    return jobs


def assign(rng, split, phrasings, speakers):
    """Deals every intent's sentences out to the voices, so that each voice speaks about equally often, of every
    intent, and each sentence is said about equally often."""
    jobs, queue = [], []
    for intent in INTENTS:
        sentences, taken = [], set()
        while len(sentences) < CLIPS_PER_INTENT[split]:
            sentences += list(rng.permutation(phrasings[intent]))
        for sentence in sentences[: CLIPS_PER_INTENT[split]]:
            if len(queue) < len(speakers):
                queue += list(rng.permutation(len(speakers)))
            position = next(i for i, speaker in enumerate(queue) if (sentence, speaker) not in taken)
            speaker = queue.pop(position)
            taken.add((sentence, speaker))
            jobs.append((split, intent, str(sentence), speakers[speaker]))
    return jobs


def clip(voice, sentence, rng):
    """One call: the speech between two short silences, over a line, as mu-law codes."""
    for _ in range(8):
        speech = voices.speak(voice, words(sentence), rng)
        spoken = [phone for phone in speech.phones if phone.name != "SIL"]
        lead, trail = rng.uniform(0.06, 0.18), rng.uniform(0.08, 0.2)
        start, end = spoken[0].start, spoken[-1].end
        if lead + end - start + trail <= LONGEST:
            break
    else:
        raise RuntimeError(f"{voice.id} cannot say in {LONGEST} s: {sentence}")
    line = telephone.draw_line(rng)
    samples = telephone.to_line_rate(speech.samples, speech.rate, line)
    samples = samples[int(start * telephone.RATE) : int(end * telephone.RATE)]
    padded = np.pad(samples, (int(lead * telephone.RATE), int(trail * telephone.RATE)))
    return telephone.mulaw_encode(telephone.over_the_line(padded, line, rng))


def speak_all(task):
    """All clips of one voice, in one process."""
    seed, jobs = task
    rng = np.random.default_rng(seed)
    return [(index, clip(voice, sentence, rng)) for index, (_, _, sentence, voice) in jobs]


def language(voice):
    british = voice.synthesizer == "espeak" and not voice.name.startswith("en-us")
    return "en-GB" if british else "en-US"


def main(folder):
    rng = np.random.default_rng(SEED)
    jobs = plan(rng)
    by_voice = {}
    for index, job in enumerate(jobs):
        by_voice.setdefault(job[3].id, []).append((index, job))
    tasks = [([SEED, number], own) for number, own in enumerate(by_voice.values())]
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        codes = dict(pair for own in pool.imap_unordered(speak_all, tasks, chunksize=1) for pair in own)
    folder.mkdir(parents=True, exist_ok=True)
    for split in CLIPS_PER_INTENT:
        indices = [index for index, job in enumerate(jobs) if job[0] == split]
        rows = [row(position, jobs[index], codes[index]) for position, index in enumerate(rng.permutation(indices))]
        write_split(folder / f"{split}.parquet", rows)
        seconds = sum(len(codes[index]) for index in indices) / telephone.RATE
        print(f"{split}: {len(rows)} clips, {seconds / len(rows):.2f} s on average")


def row(position, job, codes):
    split, intent, sentence, voice = job
    path = f"{split}/{position:04d}.wav"
    return {
        "path": path,
        "audio": {"bytes": mulaw_wav(codes), "path": path},
        "transcription": sentence,
        "english_transcription": sentence,
        "intent_class": INTENTS.index(intent),
        "lang_id": LANGUAGES.index(language(voice)),
        "speaker": voice.id,
    }


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parent / "data")
