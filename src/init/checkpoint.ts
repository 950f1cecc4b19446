import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { hubSettings } from '../hub/settings.js';
import { placeOf } from '../pipeline/recipe/recipe-paths.js';
import { schemasFolder } from '../stage/find-stage-type.js';
import { isRepositoryId } from '../stage/source-folder.js';
import { EtudeError } from '../util/errors.js';
import { pointsOutside } from '../util/points-outside.js';

/** The usual starting point. */
const USUAL = 'facebook/wav2vec2-base';

/** The checkpoint of a new recipe. */
export interface Checkpoint {
  /** A folder, as the recipe names it, or a Hub repository. */
  path: string;
  /** What to say about it in the recipe and to the user, for example that the Hub was not used. */
  comment: string[];
}

/**
 * The checkpoint to start from: the requested one, otherwise Wav2Vec2 from the Hub, or the small one that
 * comes with Etude if the Hub must not be used and its cache has none.
 *
 * @throws EtudeError for a missing folder
 */
export async function chooseCheckpoint(folder: string, asked?: string): Promise<Checkpoint> {
  const small = pathFrom(folder, join(schemasFolder(), '..', 'samples', 'checkpoint'));
  if (asked !== undefined) {
    if (existsSync(asked)) return { path: pathFrom(folder, resolve(asked)), comment: [] };
    if (isRepositoryId(asked)) return { path: asked, comment: [] };
    throw new EtudeError(`no such checkpoint: '${asked}'`, {
      expected: 'a folder, or a model on the Hugging Face Hub: owner/name',
    });
  }
  const place = placeOf(resolve(folder, 'recipe.yaml'));
  const isOffline = hubSettings().offline;
  const isThere = !isOffline || (await place.repository('model', USUAL).catch(() => undefined)) !== undefined;
  if (isThere)
    return {
      path: USUAL,
      comment: [
        `To try it without the Hub, use the small checkpoint that comes with Etude: --set checkpoint=${small}`,
      ],
    };
  return {
    path: small,
    comment: [
      "This small checkpoint comes with Etude and is good for a trial: HF_HUB_OFFLINE is set, and the Hub's cache does",
      `not have ${USUAL}, which gives better results.`,
    ],
  };
}

/** The line that points editors to the recipe's schema. */
export function schemaLine(folder: string): string {
  const path = pathFrom(folder, join(schemasFolder(), 'pipeline.schema.json'));
  return `# yaml-language-server: $schema=${path.replaceAll(/[\s\p{Cc}\p{Cf}]/gu, encodeURIComponent)}`;
}

/**
 * Relative to the recipe within its project, otherwise absolute: what is installed elsewhere has no fixed
 * place relative to a project.
 */
function pathFrom(folder: string, path: string): string {
  const { projectDir } = placeOf(resolve(folder, 'recipe.yaml'));
  if (pointsOutside(relative(projectDir, path))) return path;
  const below = relative(resolve(folder), path).split(sep).join('/');
  return below.startsWith('../') ? below : `./${below}`;
}
