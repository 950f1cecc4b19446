import { quote } from '../../schema/describe.js';
import { compileSchema } from '../../schema/validator.js';
import { findStageType } from '../../stage/find-stage-type.js';
import type { Place } from '../../stage/stage-type.js';
import type { Json } from '../../util/json.js';
import { checkFractions } from './check-fractions.js';
import { dropHarmless } from './harmless-params.js';
import { schemaMistakes, type Words } from './schema-mistakes.js';
import { isBelow, type Path, type RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';

/**
 * Finds the stage's type and checks its parameters by the type's schema, references replaced and defaults
 * filled in. `written` is `undefined` if `with` is not a map, which has already been reported.
 */
export async function checkStage(
  draft: StageDraft,
  written: Json | undefined,
  source: RecipeSource,
  place: Place,
): Promise<void> {
  const { written: id, uses, references } = draft;
  const path: Path = ['stages', id, 'with'];
  const params = references.resolve(written ?? {}, path) as Record<string, unknown>;
  if (uses === undefined) return;
  const found = await findOnce(uses, place);
  if ('problem' in found) {
    source.add(['stages', id, 'uses'], 'value', found.problem);
    return;
  }
  draft.found = found;
  if (written === undefined) return;
  dropHarmless(params, found.schema);
  const given = Object.keys(params);
  const validate = await compileSchema(found.schema);
  const silent = references.failed.filter((failed) => failed[1] === id && failed[2] === 'with');
  const mistakes = schemaMistakes(validate(params), found.schema, parameterWords(uses)).filter(
    (mistake) => !silent.some((failed) => isBelow([...path, ...mistake.path], failed)),
  );
  for (const { path: below, at, missing: _, ...mistake } of mistakes) {
    const full = [...path, ...below];
    const origin = references.originOf(full);
    const got =
      mistake.got !== undefined && origin !== undefined ? `${mistake.got} from ${origin}` : mistake.got;
    source.add(full, at, { ...mistake, got });
  }
  checkFractions(params, given, path, found.schema, references, source);
  if (mistakes.length === 0 && silent.length === 0) draft.with = params;
}

const found = new WeakMap<Place, Map<string, ReturnType<typeof findStageType>>>();

/** Each reading of a recipe has its own place, so that what many of its stages use is searched for once. */
function findOnce(uses: string, place: Place): ReturnType<typeof findStageType> {
  const known = found.get(place) ?? new Map<string, ReturnType<typeof findStageType>>();
  found.set(place, known);
  const type = known.get(uses) ?? findStageType(uses, place);
  known.set(uses, type);
  return type;
}

function parameterWords(uses: string): Words {
  const subject = (path: Path) =>
    path.length === 0
      ? `the parameters of stage type ${quote(uses)}`
      : `parameter ${quote(path.join('.'))} of stage type ${quote(uses)}`;
  return {
    subject,
    unknown: (path, key) =>
      path.length === 0
        ? `unknown parameter ${quote(key)} of stage type ${quote(uses)}`
        : `unknown key ${quote(key)} in ${subject(path)}`,
    missing: (path, key) =>
      path.length === 0
        ? `missing parameter ${quote(key)} of stage type ${quote(uses)}`
        : `missing key ${quote(key)} in ${subject(path)}`,
  };
}

/** How messages refer to the recipe's own keys. */
export const recipeWords: Words = {
  subject: (path) => describeKey(path),
  unknown: (path, key) => `unknown key ${quote(key)} of ${describeKey(path)}`,
  missing: (path, key) => `missing key ${quote(key)} of ${describeKey(path)}`,
};

function describeKey(path: Path): string {
  const [first, id, ...rest] = path;
  if (first === undefined) return 'the recipe';
  if (first !== 'stages' || id === undefined) return `key ${quote(path.join('.'))}`;
  return rest.length === 0
    ? `stage ${quote(String(id))}`
    : `key ${quote(rest.join('.'))} of stage ${quote(String(id))}`;
}
