import { audioError, type ClipName } from './audio-error.js';
import { id3Length, isMpegAudioFrame, latin1 } from './container.js';

/**
 * Checks an MP3 file against the byte count in its Xing or Info frame (LAME and FFmpeg write one): the format itself has no end
 * mark, so a file without that frame that is cut at any point is just a shorter file.
 *
 * @throws EtudeError when bytes are missing
 */
export function checkMp3Length(bytes: Uint8Array, clip: ClipName): void {
  const start = id3Length(bytes);
  if (!isMpegAudioFrame(bytes, start)) return;
  const promised = promisedBytes(bytes, start);
  if (promised !== undefined && start + promised > bytes.length) {
    throw audioError(clip, 'MP3 file is cut short', {
      expected: `${promised} bytes`,
      got: `${bytes.length - start}`,
    });
  }
}

/** The stream's size in bytes as its Xing frame states it. */
function promisedBytes(bytes: Uint8Array, frame: number): number | undefined {
  const mpeg1 = ((bytes[frame + 1]! >> 3) & 3) === 3;
  const singleChannel = bytes[frame + 3]! >> 6 === 3;
  const sideInfo = mpeg1 ? (singleChannel ? 17 : 32) : singleChannel ? 9 : 17;
  const at = frame + 4 + sideInfo;
  const magic = latin1(bytes, at, 4);
  if ((magic !== 'Xing' && magic !== 'Info') || at + 16 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint32(at + 4, false);
  if ((flags & 2) === 0) return undefined;
  return view.getUint32(at + 8 + ((flags & 1) === 0 ? 0 : 4), false);
}
