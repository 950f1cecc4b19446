import { count } from '../../../util/words.js';
import { audioError, type ClipName } from './audio-error.js';
import { id3Length, latin1 } from './container.js';
import { firstFrame, frameAt, isMpegAudioFrame } from './mp3-frames.js';

/**
 * The stream of an MP3 file from its first frame on, without tags or anything else before it, checked against
 * the byte count in its Xing or Info frame (LAME and FFmpeg write one): the format itself has no end mark, so
 * a file without that frame that is truncated at any point is just a shorter file.
 *
 * @param isStart whether the bytes are only the start of the file, so that others may be missing
 * @throws EtudeError when bytes are missing, or frames have different sampling rates
 */
export function mp3Stream(bytes: Uint8Array, clip: ClipName, isStart = false): Uint8Array {
  const tags = id3Length(bytes);
  const start = isMpegAudioFrame(bytes, tags) ? tags : firstFrame(bytes, tags);
  // The decoder reports problems itself.
  if (start === undefined) return bytes;
  const stream = bytes.subarray(start);
  const promised = promisedBytes(stream);
  if (!isStart && promised !== undefined && promised > stream.length) {
    throw audioError(clip, 'MP3 file is truncated', {
      expected: count(promised, 'byte'),
      got: `${stream.length}`,
    });
  }
  checkRate(stream, clip);
  return stream;
}

/** Frames of two rates (concatenated files) would be decoded as if they had the same rate. */
function checkRate(stream: Uint8Array, clip: ClipName): void {
  const { rate } = frameAt(stream, 0);
  for (let at = 0; ; ) {
    // A single header may be anything; a real change of rate continues.
    const goesOn = isMpegAudioFrame(stream, at) && frameAt(stream, at).rate === rate;
    const next = goesOn ? at : firstFrame(stream, at);
    if (next === undefined) return;
    const frame = frameAt(stream, next);
    if (frame.rate !== rate) {
      throw audioError(clip, 'MP3 file changes its sampling rate', {
        expected: `${rate} Hz throughout`,
        got: `${frame.rate} Hz from byte ${next} on`,
        hint: 'Split it into files of one rate each.',
      });
    }
    if (frame.length === 0) return;
    at = next + frame.length;
  }
}

/** The stream's size in bytes as its Xing frame states it. */
function promisedBytes(stream: Uint8Array): number | undefined {
  const mpeg1 = ((stream[1]! >> 3) & 3) === 3;
  const singleChannel = stream[3]! >> 6 === 3;
  const sideInfo = mpeg1 ? (singleChannel ? 17 : 32) : singleChannel ? 9 : 17;
  const at = 4 + sideInfo;
  const magic = latin1(stream, at, 4);
  if ((magic !== 'Xing' && magic !== 'Info') || at + 16 > stream.length) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const flags = view.getUint32(at + 4, false);
  if ((flags & 2) === 0) return undefined;
  return view.getUint32(at + 8 + ((flags & 1) === 0 ? 0 : 4), false);
}
