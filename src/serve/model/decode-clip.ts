import { windowGrid, windowsOf, windowsOfAnswer } from '../../learning/audio/clip-windows.js';
import { containerOf } from '../../learning/audio/decode/container.js';
import { decodeAudio } from '../../learning/audio/decode/decode-audio.js';
import { LengthLimit, TooLong } from '../../learning/audio/decode/length-limit.js';
import { resample } from '../../learning/audio/resample.js';
import type { Classifier } from '../../learning/predict/classifier.js';
import { EtudeError } from '../../util/errors.js';
import type { Cutting, ModelTask, Refused } from './messages.js';

/** The most windows of a clip, for each second that it may have. */
const WINDOWS_PER_SECOND = 20;
/** How many times as long as a clip may be its windows may be together. */
const MOST_OVERLAP = 4;

/** The model's inputs for a file's bytes, one per window if it is cut, or why there are none. */
export async function decodeClip(
  classifier: Classifier,
  { bytes, cutting }: { bytes: Uint8Array; cutting?: Cutting },
  { maxDuration }: Pick<ModelTask, 'maxDuration'>,
): Promise<Float32Array[] | { why: Refused; text: string }> {
  const rate = classifier.extractor.sampling_rate;
  try {
    const limit = new LengthLimit(maxDuration);
    const { samples, sampling_rate } = await decodeAudio(bytes, { name: 'clip' }, limit);
    const heard = resample(samples, sampling_rate, rate);
    const windows = cutting === undefined ? [[0, heard.length]] : cut(heard, cutting, { rate, maxDuration });
    return windows.map(([start, end]) => classifier.prepare(heard.subarray(start, end)));
  } catch (error) {
    if (error instanceof TooLong) return { why: 'too-long', text: inOneLine(error) };
    // What V8 throws for arrays that do not fit in memory.
    if (error instanceof RangeError)
      return { why: 'too-long', text: `the clip is too long: ${error.message}` };
    if (error instanceof EtudeError) {
      const why = containerOf(bytes) === undefined ? 'unsupported' : 'damaged';
      return { why, text: inOneLine(error) };
    }
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return { why: 'failed', text: 'the clip could not be decoded' };
  }
}

/** The windows of a clip, as `etude predict` cuts it. @throws TooLong if there are too many */
function cut(
  { length }: Float32Array,
  { window_length, hop_length }: Cutting,
  { rate, maxDuration }: { rate: number; maxDuration: number },
): [start: number, end: number][] {
  const grid = windowGrid(windowsOfAnswer(window_length, hop_length), rate);
  const count = Math.ceil(length / grid.hop);
  const most = Math.floor(WINDOWS_PER_SECOND * maxDuration);
  const seconds = (count * Math.min(grid.length, length)) / rate;
  if (count > most || seconds > MOST_OVERLAP * maxDuration)
    throw new TooLong('the clip has too many windows', {
      expected: `at most ${most}, of at most ${MOST_OVERLAP * maxDuration} s together`,
      got: `some ${count} of ${seconds.toPrecision(3)} s together`,
    });
  return windowsOf(length, grid);
}

function inOneLine({ message, expected, got }: EtudeError): string {
  const details = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(got === undefined ? [] : [`got ${got}`]),
  ];
  return details.length === 0 ? message : `${message}: ${details.join(', ')}`;
}
