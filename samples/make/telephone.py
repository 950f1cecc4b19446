"""A telephone line: 300 to 3400 Hz at 8 kHz, a handset's colour, a level, noise and hum, 8-bit mu-law."""

import functools
from dataclasses import dataclass

import numpy as np

RATE = 8000


@dataclass
class Line:
    """Everything that stays the same during one call."""

    low: float  # Hz, the lower edge of the pass band
    high: float
    tilt: float  # dB an octave around 1 kHz
    level: float  # dB of speech against full scale
    snr: float  # dB of speech against noise and hum together
    hum_share: float  # of the noise's energy
    hum: float  # Hz, of the mains
    colour: float  # exponent of the noise's spectrum: 0 white, 1 pink


def draw_line(rng, snr=(15.0, 38.0)):
    return Line(
        low=rng.uniform(240, 330),
        high=rng.uniform(3300, 3550),
        tilt=rng.uniform(-3, 3),
        level=rng.uniform(-33, -20),
        snr=rng.uniform(*snr),
        hum_share=rng.uniform(0, 0.4) if rng.random() < 0.5 else 0.0,
        hum=50.0 if rng.random() < 0.5 else 60.0,
        colour=rng.uniform(0, 1),
    )


def _gain(frequencies, line):
    """Cosine slopes outside the pass band (150 Hz below, 250 Hz above), and the tilt."""
    rise = np.clip((frequencies - line.low + 150) / 150, 0, 1)
    fall = np.clip((line.high + 250 - frequencies) / 250, 0, 1)
    tilt = 10 ** (line.tilt / 20 * np.log2(np.maximum(frequencies, 100) / 1000))
    return (np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2)) ** 2 * tilt


@functools.cache
def _sizes(least, rate):
    """Lengths before and after resampling to RATE, both with small factors, because transforms of such lengths are
    fast; the first stands to the second as the rates do, to within half a sample."""
    pairs = []
    for twos in range(3, 20):
        for threes in range(4):
            for fives in range(4):
                size = 2**twos * 3**threes * 5**fives
                if least <= size <= 1.25 * least:
                    pairs.append((round(size * rate / RATE), size))
    return min(pairs, key=lambda pair: (pair[0] + pair[1]) * _largest_factor(pair[0]) ** 0.5)


@functools.cache
def _largest_factor(n):
    factor, largest = 2, 1
    while factor * factor <= n:
        if n % factor:
            factor += 1
        else:
            n, largest = n // factor, factor
    return max(largest, n)


def to_line_rate(samples, rate, line):
    """Resamples to 8 kHz by the discrete Fourier transform and applies the line's band in the same step."""
    padded = len(samples) + int(0.03 * rate)
    size_in, size_out = _sizes(int(np.ceil(padded * RATE / rate)), rate)
    spectrum = np.fft.rfft(samples, size_in)[: size_out // 2 + 1]
    if len(spectrum) < size_out // 2 + 1:
        spectrum = np.pad(spectrum, (0, size_out // 2 + 1 - len(spectrum)))
    spectrum = spectrum * _gain(np.fft.rfftfreq(size_out, 1 / RATE), line)
    length = int(round(len(samples) * RATE / rate))
    return (np.fft.irfft(spectrum, size_out)[:length] * (size_out / size_in)).astype(np.float32)


def _noise(n, line, rng):
    size, _ = _sizes(n, RATE)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    spectrum *= _gain(frequencies, line) * np.maximum(frequencies, 100) ** (-line.colour / 2)
    hiss = np.fft.irfft(spectrum, size)[:n]
    time = np.arange(n) / RATE
    hum = sum(
        np.sin(2 * np.pi * line.hum * k * time + rng.uniform(0, 6.28)) * rng.uniform(0.2, 1) / k for k in (1, 2, 3, 4, 5, 7)
    )
    hiss, hum = hiss / _rms(hiss), hum / _rms(hum)
    return hiss * np.sqrt(1 - line.hum_share) + hum * np.sqrt(line.hum_share)


def _rms(samples):
    return float(np.sqrt(np.mean(np.square(samples))) + 1e-9)


def over_the_line(samples, line, rng):
    """Brings 8 kHz speech to the line's level, adds noise and hum, and limits it to full scale."""
    loud = samples[np.abs(samples) > 0.05 * np.abs(samples).max()] if len(samples) else samples
    level = 10 ** (line.level / 20)
    speech = samples * (level / _rms(loud if len(loud) else samples))
    noise = _noise(len(samples), line, rng) * level * 10 ** (-line.snr / 20)
    return np.clip(speech + noise, -0.999, 0.999)


def mulaw_encode(samples):
    """G.711 mu-law, one byte a sample."""
    pcm = np.round(np.asarray(samples, np.float64) * 32768).astype(np.int32)
    magnitude = np.minimum(np.abs(pcm), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    return (~((pcm < 0) * 128 | exponent << 4 | mantissa) & 255).astype(np.uint8)


def mulaw_decode(codes):
    """The inverse of mulaw_encode, as float32."""
    codes = ~codes.astype(np.int32) & 255
    magnitude = ((((codes & 15) << 3) + 132) << (codes >> 4 & 7)) - 132
    return (np.where(codes & 128, -magnitude, magnitude) / 32768).astype(np.float32)
