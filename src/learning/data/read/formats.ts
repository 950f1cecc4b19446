import { posix } from 'node:path';
import type { Format } from './table.js';

/** Files that a reader accepts, by the end of their names. */
const extensions: Record<Exclude<Format, 'audiofolder'>, string[]> = {
  parquet: ['.parquet'],
  csv: ['.csv', '.tsv'],
  json: ['.jsonl', '.ndjson', '.json'],
};

/** Names of audio files that can be decoded. */
export const audioExtensions = ['.wav', '.flac', '.mp3', '.ogg', '.oga', '.opus'];
/**
 * What else `audiofolder` of Hugging Face datasets treats as audio. Such files are rows here, too, so that
 * decoding names what it cannot read rather than leaving clips out without a word.
 */
const otherAudioExtensions =
  'aiff au avr caf htk svx mat4 mat5 mpc2k paf pvf raw rf64 sd2 sds ircam voc w64 nist wavex wve xi 3gp 3g2 avi asf flv mp4 mov m4v mkv mpg webm f4v wmv wma ogm mxf nut'.split(
    ' ',
  );
/** Extensions of other audio files, which `audiofolder` skips. */
const passedOver = 'm4a m4b m4p aac adts amr awb aif aifc ape wv tta mka weba spx dss gsm 3ga'.split(' ');
export const metadataNames = ['metadata.csv', 'metadata.jsonl', 'metadata.parquet'];

export const formats: readonly Format[] = ['parquet', 'csv', 'json', 'audiofolder'];

/** Whether a format's reader accepts a file of this name. */
export function takes(format: Format, name: string): boolean {
  const extension = posix.extname(name).toLowerCase();
  if (format !== 'audiofolder') return extensions[format].includes(extension);
  const isAudio = audioExtensions.includes(extension) || otherAudioExtensions.includes(extension.slice(1));
  return isAudio || metadataNames.includes(posix.basename(name));
}

/** Whether a file's name is that of audio, decoded here or not. */
export function isSound(name: string): boolean {
  return isOtherSound(name) || (takes('audiofolder', name) && !metadataNames.includes(posix.basename(name)));
}

/** Whether a file's name is that of audio that is neither decoded nor a row of an audio folder. */
export function isOtherSound(name: string): boolean {
  return passedOver.includes(posix.extname(name).toLowerCase().slice(1));
}

/**
 * The format of a folder: the one that most of its files have, metadata files of audio folders counted only
 * if there is nothing else; Parquet in a tie. `undefined` if there is no file of a known format.
 */
export function detectFormat(names: readonly string[]): Format | undefined {
  const data = names.filter((name) => !metadataNames.includes(posix.basename(name)));
  const counts = formats.map((format) => data.filter((name) => takes(format, name)).length);
  const most = Math.max(...counts);
  if (most > 0) return formats[counts.indexOf(most)];
  return names.some((name) => metadataNames.includes(posix.basename(name))) ? 'audiofolder' : undefined;
}
