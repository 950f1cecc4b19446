import { posix } from 'node:path';
import type { Format } from './table.js';

/** Files that a reader takes, by the last part of their names. */
const extensions: Record<Exclude<Format, 'audiofolder'>, string[]> = {
  parquet: ['.parquet'],
  csv: ['.csv', '.tsv'],
  json: ['.jsonl', '.ndjson', '.json'],
};

export const audioExtensions = ['.wav', '.flac', '.mp3', '.ogg', '.oga', '.opus'];
export const metadataNames = ['metadata.csv', 'metadata.jsonl', 'metadata.parquet'];

export const formats: readonly Format[] = ['parquet', 'csv', 'json', 'audiofolder'];

/** Whether a format's reader takes a file of this name. */
export function takes(format: Format, name: string): boolean {
  const extension = posix.extname(name).toLowerCase();
  if (format !== 'audiofolder') return extensions[format].includes(extension);
  return audioExtensions.includes(extension) || metadataNames.includes(posix.basename(name));
}

/**
 * The format of a folder: the one that most of its files have, metadata files of audio folders not counted; Parquet in a draw.
 * `undefined` when there is no file of a known format.
 */
export function detectFormat(names: readonly string[]): Format | undefined {
  const data = names.filter((name) => !metadataNames.includes(posix.basename(name)));
  const counts = formats.map((format) => data.filter((name) => takes(format, name)).length);
  const most = Math.max(...counts);
  return most === 0 ? undefined : formats[counts.indexOf(most)];
}
