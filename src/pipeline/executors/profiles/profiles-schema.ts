import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemasFolder } from '../../../stage/find-stage-type.js';

let schema: Record<string, unknown> | undefined;

/** The schema of a file of profiles. */
export function profilesSchema(): Record<string, unknown> {
  schema ??= JSON.parse(readFileSync(join(schemasFolder(), 'profiles.schema.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return schema;
}
