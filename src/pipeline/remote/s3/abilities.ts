import { MARKER } from '../marker.js';
import { uploadOf } from '../small-files.js';
import { isUnknownHeader } from './errors.js';
import { type UploadTarget, upload } from './upload.js';

/** Which headers that make uploads safe a store supports. */
export interface Abilities {
  /** `If-None-Match`: of two writers of one key, only one succeeds. */
  hasConditions: boolean;
  hasChecksums: boolean;
}

export const ALL_ABILITIES: Abilities = { hasConditions: true, hasChecksums: true };

const NONE: Abilities = { hasConditions: false, hasChecksums: false };

const CHOICES: readonly Abilities[] = [ALL_ABILITIES, { hasConditions: true, hasChecksums: false }, NONE];

/**
 * Writes the file `format`, and finds out what the store supports: headers that it refuses are left out. The
 * second time, a store that supports conditions refuses the file; one that ignores them has replaced it with
 * the same bytes.
 */
export async function writeFormat(
  target: Omit<UploadTarget, 'condition' | 'hasChecksums'>,
  signal: AbortSignal,
  [choice = NONE, ...others] = CHOICES,
): Promise<Abilities> {
  const file = uploadOf(Buffer.from(MARKER.text));
  const write = ({ hasConditions, hasChecksums }: Abilities) => {
    const condition = hasConditions ? ({ IfNoneMatch: '*' } as const) : {};
    return upload({ ...target, condition, hasChecksums }, file, signal);
  };
  try {
    const first = await write(choice);
    const isKept = choice.hasConditions && (first === 'present' || (await write(choice)) === 'present');
    return { ...choice, hasConditions: isKept };
  } catch (error) {
    if (isUnknownHeader(error) && others.length > 0) return writeFormat(target, signal, others);
    throw error;
  }
}
