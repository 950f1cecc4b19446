import { EtudeError } from '../util/errors.js';

/** Throws unless a folder to write is given exactly for a dry run. */
export function checkDryRun({ dryRun = false, output }: { dryRun?: boolean; output?: string }): void {
  if (dryRun === (output !== undefined)) return;
  throw new EtudeError('--dry-run needs a folder to write, and --output is only for it', {
    expected: '--dry-run --output DIR',
  });
}
