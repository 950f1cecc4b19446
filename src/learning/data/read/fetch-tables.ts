import { EtudeError } from '../../../util/errors.js';
import type { DataFile } from './table.js';

/**
 * Text tables must be read completely before their columns are known; nobody expects a plan to download more
 * than this.
 */
const MOST_BYTES = 100e6;

/** Downloads text tables from the Hub, which are read before anything runs. */
export async function fetchTables(files: readonly DataFile[]): Promise<void> {
  const remote = files.filter((file) => file.repository !== undefined);
  const bytes = remote.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const [first] = remote;
  if (first === undefined) return;
  const { id, commit } = first.repository!;
  if (bytes > MOST_BYTES) {
    throw new EtudeError(`the tables of '${id}' are too large to download for planning`, {
      expected: `${MOST_BYTES / 1e6} MB or less`,
      got: `${Math.round(bytes / 1e6)} MB`,
      hint: `Download the dataset (hf download --repo-type dataset --revision ${commit} --local-dir data ${id}), and use that folder as path.`,
    });
  }
  await first.repository!.ensure(remote.map((file) => file.origin?.file ?? file.name));
}
