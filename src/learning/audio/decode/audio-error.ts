import { EtudeError, type Where } from '../../../util/etude-error.js';

/** Which clip an error is about: a file's name as the dataset knows it, and its row. */
export interface ClipName {
  name: string;
  /** Row number, from 0, if there is one. */
  row?: number;
}

/** What was expected, what was got, and what to do about it. */
export interface AudioErrorDetails {
  expected?: string;
  got?: string;
  hint?: string;
  cause?: unknown;
}

/** A clip that cannot be decoded: names its file and row. */
export function audioError(clip: ClipName, message: string, details: AudioErrorDetails = {}): EtudeError {
  const where: Where = { file: clip.name, ...(clip.row === undefined ? {} : { row: clip.row }) };
  return new EtudeError(message, { ...details, where });
}
