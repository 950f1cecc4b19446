import { appendFile, stat, writeFile } from 'node:fs/promises';
import { messageOf } from '../util/errors.js';

/** GitHub shows none of a step's summary if it is larger. */
const MOST = 2 ** 20;

/** Where a summary goes. */
export interface SummaryTargets {
  /** Replaced. */
  file?: string;
  /** Appended to: GitHub's file for the summary of the step, `GITHUB_STEP_SUMMARY`. */
  step?: string;
}

/** Writes a run's summary. What cannot be written costs a warning, never the run. */
export async function writeSummary(
  summary: string,
  { file, step }: SummaryTargets,
  warn: (text: string) => void,
): Promise<void> {
  const attempt = async (write: () => Promise<void>) =>
    write().catch((error: unknown) => warn(`the summary was not written: ${messageOf(error)}`));
  if (file !== undefined) await attempt(() => writeFile(file, summary));
  if (step !== undefined && step !== file) await attempt(() => appendToStep(step, summary));
}

/** A step may have written before, and not ended its line. */
async function appendToStep(step: string, summary: string): Promise<void> {
  const before = await stat(step).then(
    ({ size }) => size,
    () => 0,
  );
  const added = before > 0 ? `\n\n${summary}` : summary;
  if (before + Buffer.byteLength(added) > MOST)
    throw new Error('with it, the summary of the step would be larger than the 1 MiB that GitHub shows');
  await appendFile(step, added);
}
