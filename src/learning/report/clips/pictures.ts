import { melFilters } from '../../audio/mel/filters.js';
import { framesIn, melSpectrogram } from '../../audio/mel/mel-spectrogram.js';
import { hann } from '../../audio/mel/windows.js';
import { type Html, html, plainText, trusted } from '../page/html.js';
import { type Colour, encodePng } from './png.js';

/** Of both pictures, in columns. */
const WIDTH = 240;
const HEIGHT = 48;
const MELS = 64;
/** Below the loudest; what is quieter is black. */
const RANGE_DB = 70;
const COLOURS = 32;
const FRAME_SECONDS = 0.025;

/** Matplotlib's `magma` at equal distances: it gets lighter evenly, whatever colours an eye sees. */
const MAGMA = ['#000004', '#3b0f70', '#8c2981', '#de4968', '#fe9f6d', '#fcfdbf'];

/** The envelope of a clip over its length, relative to the loudest sample. */
export function waveform(samples: Float32Array, label: string): Html {
  const columns = Math.min(WIDTH, samples.length);
  const peak = Math.max(...rangeOf(samples).map(Math.abs)) || 1;
  const y = (sample: number) => (HEIGHT / 2) * (1 - sample / peak);
  const tops: string[] = [];
  const bottoms: string[] = [];
  for (let column = 0; column < columns; column += 1) {
    const start = Math.floor((column * samples.length) / columns);
    const part = samples.subarray(start, Math.floor(((column + 1) * samples.length) / columns));
    const [low, high] = rangeOf(part);
    const x = Math.round((column * WIDTH) / Math.max(1, columns - 1));
    tops.push(`${x} ${(y(high) - 0.4).toFixed(1)}`);
    bottoms.push(`${x} ${(y(low) + 0.4).toFixed(1)}`);
  }
  const path = `M${tops.join('L')}L${bottoms.reverse().join('L')}Z`;
  return html`<svg class="waveform" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${plainText(label)}"><path d="${trusted(path)}"/></svg>`;
}

/** How the energy of a clip is spread over pitch (mel scale, low at the bottom) and time, as an image. */
export function spectrogram(samples: Float32Array, rate: number, label: string): Html | undefined {
  const frame = Math.round(FRAME_SECONDS * rate);
  const fft_length = 2 ** Math.ceil(Math.log2(frame));
  const hop_length = Math.max(Math.ceil(frame / 5), Math.ceil((samples.length - frame) / (WIDTH - 1)));
  const filters = melFilters({
    scale: 'slaney',
    filters: MELS,
    bins: fft_length / 2 + 1,
    sampling_rate: rate,
    from: 0,
    to: rate / 2,
  });
  const options = { window: hann(frame), hop_length, fft_length, filters, mel_floor: 1e-12 };
  const frames = framesIn(samples.length, options);
  if (frames === 0) return undefined;
  const decibels = new Float64Array(MELS * frames);
  melSpectrogram(options)(samples, frames, (mels, at) => {
    for (const [mel, power] of mels.entries())
      decibels[(MELS - 1 - mel) * frames + at] = 10 * Math.log10(power);
  });
  const loudest = decibels.reduce((most, each) => Math.max(most, each), -Infinity);
  const pixels = Uint8Array.from(decibels, (each) =>
    Math.max(0, Math.round((1 + (each - loudest) / RANGE_DB) * (COLOURS - 1))),
  );
  const data = Buffer.from(encodePng(pixels, frames, palette())).toString('base64');
  return html`<img class="spectrogram" decoding="async" alt="${plainText(label)}" src="data:image/png;base64,${trusted(data)}">`;
}

function palette(): Colour[] {
  const stops = MAGMA.map((colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
  return Array.from({ length: COLOURS }, (_, i) => {
    const at = (i / (COLOURS - 1)) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    const mixed = stops[from]!.map((value, part) =>
      Math.round(value + (stops[from + 1]![part]! - value) * (at - from)),
    );
    return mixed as unknown as Colour;
  });
}

/** The lowest and the highest sample, and 0. */
export function rangeOf(samples: Float32Array): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (const sample of samples) {
    low = Math.min(low, sample);
    high = Math.max(high, sample);
  }
  return [low, high];
}
