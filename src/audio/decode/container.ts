/** What a file is, told by its first bytes. The extension of its name is not looked at. */
export type Container = 'wav' | 'flac' | 'mp3' | 'ogg';

/** Sound (or film) that is recognised but not decoded, by its usual name. */
const UNSUPPORTED: [name: string, offset: number, magic: string][] = [
  ['AIFF', 8, 'AIFF'],
  ['AIFF-C', 8, 'AIFC'],
  ['big-endian WAV (RIFX)', 0, 'RIFX'],
  ['AU', 0, '.snd'],
  ['NIST SPHERE', 0, 'NIST_1A'],
  ['Sony Wave64', 0, 'riff.'],
  ['MPEG-4 (M4A, MP4)', 4, 'ftyp'],
  ['AMR', 0, '#!AMR'],
  ['Core Audio', 0, 'caff'],
  ['WebM or Matroska', 0, '\x1a\x45\xdf\xa3'],
  ['Windows Media', 0, '\x30\x26\xb2\x75'],
  ['MIDI', 0, 'MThd'],
  ['AVI', 8, 'AVI '],
];

/** The container of these bytes; `undefined` if they are none that is decoded here. */
export function containerOf(bytes: Uint8Array): Container | undefined {
  const magic = latin1(bytes, 0, 4);
  if ((magic === 'RIFF' || magic === 'RF64' || magic === 'BW64') && latin1(bytes, 8, 4) === 'WAVE')
    return 'wav';
  if (magic === 'fLaC') return 'flac';
  if (magic === 'OggS') return 'ogg';
  if (magic.startsWith('ID3')) return latin1(bytes, id3Length(bytes), 4) === 'fLaC' ? 'flac' : 'mp3';
  return isMpegAudioFrame(bytes, 0) ? 'mp3' : undefined;
}

/** A name for bytes that no decoder here takes: a known format's, or the bytes themselves as a person can read them. */
export function describeUnknown(bytes: Uint8Array): { known?: string; start: string } {
  const known = UNSUPPORTED.find(([, offset, magic]) => latin1(bytes, offset, magic.length) === magic)?.[0];
  const adts = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
  const text = latin1(bytes, 0, 12);
  const readable = [...text].filter((char) => char >= ' ' && char <= '~').length;
  const start =
    readable >= text.length * 0.75
      ? `'${text.replace(/[^ -~]/g, ' ')}${bytes.length > 12 ? '…' : ''}'`
      : `bytes ${[...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  return { known: known ?? (adts ? 'AAC (ADTS)' : undefined), start };
}

/** Length of an ID3v2 tag at the start of a file (a tag's size is four 7-bit bytes), 0 without one. */
export function id3Length(bytes: Uint8Array): number {
  if (bytes.length < 10 || latin1(bytes, 0, 3) !== 'ID3') return 0;
  const size = (bytes[6]! << 21) | (bytes[7]! << 14) | (bytes[8]! << 7) | bytes[9]!;
  const footer = (bytes[5]! & 0x10) === 0 ? 0 : 10;
  return 10 + size + footer;
}

/** True if an MPEG audio frame header (layer III, II or I; versions 1, 2 and 2.5) stands at `offset`. */
export function isMpegAudioFrame(bytes: Uint8Array, offset: number): boolean {
  if (offset + 4 > bytes.length) return false;
  if (bytes[offset] !== 0xff || (bytes[offset + 1]! & 0xe0) !== 0xe0) return false;
  const version = (bytes[offset + 1]! >> 3) & 3;
  const layer = (bytes[offset + 1]! >> 1) & 3;
  const bitrate = bytes[offset + 2]! >> 4;
  const rate = (bytes[offset + 2]! >> 2) & 3;
  return version !== 1 && layer !== 0 && bitrate !== 15 && rate !== 3;
}

/** `length` bytes as one character each; shorter at the end of the data. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}
