"""Preprocessing with torchaudio: decode, resample, truncate, normalise (zero mean, unit variance) every clip, file by file.

Decoding is soundfile's: torchaudio 2.11 itself only decodes through torchcodec, which takes longer for a WAV file. Resampling is
torchaudio's sinc at its defaults (width 6, rolloff 0.99, Hann window), with its kernel made for every clip (`functional.resample`) or
once (`transforms.Resample`). Normalising is what `Wav2Vec2FeatureExtractor` does. One worker a core, each with one thread of torch's:
processes, or threads of this process.
"""

import time

from serve import serve

state = {}


def start_worker(rate, max_length):
    import torch

    import soundfile
    import torchaudio

    torch.set_num_threads(1)
    state.update(torch=torch, soundfile=soundfile, torchaudio=torchaudio, rate=rate, max_length=max_length, cached={})


def resample(samples, rate, cached):
    torchaudio, target = state["torchaudio"], state["rate"]
    if not cached:
        return torchaudio.functional.resample(samples, rate, target)
    transform = state["cached"].get(rate)
    if transform is None:
        transform = state["cached"][rate] = torchaudio.transforms.Resample(rate, target)
    return transform(samples)


def features(path, cached):
    torch = state["torch"]
    samples, rate = state["soundfile"].read(path, dtype="float32")
    values = resample(torch.from_numpy(samples), rate, cached)[: state["max_length"]]
    # The quickest of the ways that PyTorch and NumPy offer.
    centred = values - values.mean()
    return centred * torch.rsqrt(centred.square().mean() + 1e-7)


def work_on(paths, cached):
    """The features stay in the worker; how many there are is told."""
    with state["torch"].inference_mode():
        results = [features(path, cached) for path in paths]
    return sum(result.numel() for result in results)


def prepare(setup):
    import concurrent.futures as futures
    import multiprocessing

    start_worker(setup["rate"], setup["max_length"])
    workers = setup["workers"]
    if setup["pool"] == "threads":
        pool = futures.ThreadPoolExecutor(workers)
    else:
        pool = futures.ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start_worker,
            initargs=(setup["rate"], setup["max_length"]),
        )

    def work(request):
        paths, cached = request["paths"], request["cached"]
        # Small pieces, so that no worker waits long for the other at the end.
        pieces = [paths[at : at + 8] for at in range(0, len(paths), 8)]
        start = time.perf_counter()
        done = sum(pool.map(work_on, pieces, [cached] * len(pieces)))
        return {"ms": (time.perf_counter() - start) * 1000, "samples": done}

    torch, torchaudio, soundfile = state["torch"], state["torchaudio"], state["soundfile"]
    versions = {"torch": torch.__version__, "torchaudio": torchaudio.__version__, "soundfile": soundfile.__version__}
    return versions, work


if __name__ == "__main__":
    serve(prepare)
