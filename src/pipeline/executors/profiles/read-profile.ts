import { resolve } from 'node:path';
import { quote, resolveRef } from '../../../schema/describe.js';
import { compileSchema } from '../../../schema/validator.js';
import type { Json } from '../../../util/json.js';
import { suggest } from '../../../util/suggest.js';
import { parseYaml } from '../../recipe/parse-yaml.js';
import { type Problem, sortProblems } from '../../recipe/problem.js';
import { readRecipe } from '../../recipe/read-recipe.js';
import { schemaMistakes, type Words } from '../../recipe/schema-mistakes.js';
import { type Path, SourceText } from '../../recipe/source-positions.js';
import { checkProfile, type ProfileMistake } from './check-profile.js';
import type { OpenedProfile, Profile } from './profile.js';
import { profilesSchema } from './profiles-schema.js';

/**
 * Reads a profile. All problems of the file are reported, those of other profiles, too.
 *
 * @param file A file of profiles.
 * @param name The profile.
 * @param check What is wrong with it for a recipe.
 */
export async function readProfile(
  file: string,
  name: string,
  check: (profile: Profile) => ProfileMistake[] = () => [],
): Promise<OpenedProfile | { problems: Problem[] }> {
  const read = await readRecipe(file, 'a map with `profiles`');
  if ('problem' in read) return { problems: [read.problem] };
  const text = new SourceText(file, read.text);
  const parsed = parseYaml(text);
  if ('problems' in parsed) return parsed;
  const value = parsed.value as unknown as { profiles: Record<string, Profile> };
  const schema = profilesSchema();
  const validate = await compileSchema(schema);
  const problems = [...parsed.keys];
  const misshapen = new Set<unknown>();
  for (const { path, at, missing: _, ...mistake } of schemaMistakes(validate(value), schema, words)) {
    problems.push(text.problem(text.find(path, at), mistake));
    misshapen.add(path[1]);
  }
  const profiles = asMap(asMap(parsed.value).profiles);
  for (const [each, profile] of Object.entries(profiles as unknown as typeof value.profiles)) {
    if (misshapen.has(each)) continue;
    const whole = withDefaults(profile);
    for (const { path, ...mistake } of [...checkProfile(whole, file), ...(each === name ? check(whole) : [])])
      problems.push(text.problem(text.find(['profiles', each, ...path], 'value'), mistake));
  }
  if (Object.keys(profiles).length > 0 && !Object.hasOwn(profiles, name)) {
    const names = Object.keys(profiles);
    const mistake = {
      message: `no profile ${quote(name)}`,
      expected: `one of ${names.join(', ')}`,
      suggestion: suggest(name, names),
    };
    problems.push(text.problem(text.find(['profiles'], 'key'), mistake));
  }
  if (problems.length > 0) return { problems: sortProblems(problems, [file]) };
  return {
    name,
    file: resolve(file),
    profile: withDefaults(value.profiles[name]!),
  };
}

/**
 * A profile with the defaults of its executor's schema, which ajv does not take from what a schema refers to.
 */
function withDefaults(profile: Profile): Profile {
  const { definitions } = profilesSchema() as { definitions: Record<string, { properties?: object }> };
  const { properties = {} } = definitions[profile.executor] ?? definitions.module!;
  const defaults = Object.entries(properties as Record<string, { $ref?: string; default?: unknown }>).flatMap(
    ([key, { $ref, default: own }]) => {
      const referred = $ref === undefined ? undefined : resolveRef($ref, profilesSchema());
      const value = own ?? (referred as { default?: unknown } | undefined)?.default;
      return value === undefined ? [] : [[key, value]];
    },
  );
  return { ...(Object.fromEntries(defaults) as Partial<Profile>), ...profile };
}

const words: Words = {
  subject: (path) => subject(path),
  unknown: (path, key) => `unknown key ${quote(key)} of ${subject(path)}`,
  missing: (path, key) => `missing key ${quote(key)} of ${subject(path)}`,
};

function subject(path: Path): string {
  const [first, name, ...rest] = path;
  if (first === undefined) return 'the file of profiles';
  if (name === undefined) return `key ${quote(String(first))}`;
  const profile = `profile ${quote(String(name))}`;
  return rest.length === 0 ? profile : `key ${quote(rest.join('.'))} of ${profile}`;
}

function asMap(value: Json | undefined): Record<string, Json> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
