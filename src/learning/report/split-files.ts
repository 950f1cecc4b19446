import type { ReportArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';

/** What `parse` makes of the texts of a report's JSON files; those that it does not know are left out. */
export async function readSplitFiles<T>(
  { files }: ReportArtifact,
  objects: Objects,
  parse: (text: string) => T | undefined,
): Promise<T[]> {
  const found: T[] = [];
  for (const [name, ref] of Object.entries(files)) {
    if (!name.endsWith('.json')) continue;
    const evaluation = parse(new TextDecoder().decode(await objects.read(ref)));
    if (evaluation !== undefined) found.push(evaluation);
  }
  return found;
}
