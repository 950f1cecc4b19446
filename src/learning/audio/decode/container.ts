import { firstFrame, isMpegAudioFrame } from './mp3-frames.js';

/** What a file is, by its first bytes. Its extension is ignored. */
export type Container = 'wav' | 'flac' | 'mp3' | 'ogg';

/** Audio (or video) that is recognised but not decoded, by its usual name. */
const UNSUPPORTED: [name: string, offset: number, magic: string][] = [
  ['AIFF', 8, 'AIFF'],
  ['AIFF-C', 8, 'AIFC'],
  ['big-endian WAV (RIFX)', 0, 'RIFX'],
  ['AU', 0, '.snd'],
  ['NIST SPHERE', 0, 'NIST_1A'],
  ['Sony Wave64', 0, 'riff.'],
  ['MPEG-4 (M4A, MP4)', 4, 'ftyp'],
  ['AMR', 0, '#!AMR'],
  ['AAC (ADIF)', 0, 'ADIF'],
  ['WavPack', 0, 'wvpk'],
  ["Monkey's Audio", 0, 'MAC '],
  ['Core Audio', 0, 'caff'],
  ['WebM or Matroska', 0, '\x1a\x45\xdf\xa3'],
  ['Windows Media', 0, '\x30\x26\xb2\x75'],
  ['MIDI', 0, 'MThd'],
  ['AVI', 8, 'AVI '],
];

/** The container of these bytes; `undefined` if it is not one that is decoded here. */
export function containerOf(bytes: Uint8Array): Container | undefined {
  const magic = latin1(bytes, 0, 4);
  if ((magic === 'RIFF' || magic === 'RF64' || magic === 'BW64') && latin1(bytes, 8, 4) === 'WAVE')
    return 'wav';
  if (magic === 'fLaC') return 'flac';
  if (magic === 'OggS') return 'ogg';
  if (magic.startsWith('ID3')) return latin1(bytes, id3Length(bytes), 4) === 'fLaC' ? 'flac' : 'mp3';
  if (isMpegAudioFrame(bytes, 0)) return 'mp3';
  return unsupportedName(bytes) === undefined && firstFrame(bytes, 0, { isMp3: false }) !== undefined
    ? 'mp3'
    : undefined;
}

/** The usual name of a format that is recognised but not decoded. */
function unsupportedName(bytes: Uint8Array): string | undefined {
  const known = UNSUPPORTED.find(([, offset, magic]) => latin1(bytes, offset, magic.length) === magic)?.[0];
  const adts = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
  return known ?? (adts ? 'AAC (ADTS)' : undefined);
}

/**
 * A name for bytes that no decoder here accepts: a known format's, or the bytes themselves in readable form.
 */
export function describeUnknown(bytes: Uint8Array): { known?: string; start: string } {
  const text = latin1(bytes, 0, 12);
  const readable = [...text].filter((char) => char >= ' ' && char <= '~').length;
  const start =
    readable >= text.length * 0.75
      ? `'${text.replace(/[^ -~]/g, ' ')}${bytes.length > 12 ? '…' : ''}'`
      : `bytes ${[...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  return { known: unsupportedName(bytes), start };
}

/** Length of the ID3v2 tags at the start of a file (a tag's size is four 7-bit bytes), 0 without one. */
export function id3Length(bytes: Uint8Array): number {
  let end = 0;
  while (latin1(bytes, end, 3) === 'ID3' && end + 10 <= bytes.length) {
    const [high, second, third, low] = bytes.subarray(end + 6, end + 10);
    const footer = (bytes[end + 5]! & 0x10) === 0 ? 0 : 10;
    end += 10 + ((high! << 21) | (second! << 14) | (third! << 7) | low!) + footer;
  }
  return end;
}

/** `length` bytes as one character each; shorter at the end of the data. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
