import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { quote } from '../../../schema/describe.js';
import type { Mistake } from '../../recipe/problem.js';
import type { Path } from '../../recipe/source-positions.js';
import type { CommandProfile, Profile } from './profile.js';

/** A mistake in the value of a key of a profile. */
export type ProfileMistake = { path: Path } & Mistake;

/** What the schema cannot check: regular expressions and their groups, placeholders, the user's module. */
export function checkProfile(profile: Profile, file: string): ProfileMistake[] {
  const { executor } = profile;
  if (executor.startsWith('.') && !existsSync(resolve(dirname(file), executor)))
    return [{ path: ['executor'], message: `no such module: ${quote(executor)}` }];
  if (executor === 'kubernetes' && profile.store === undefined && !('volumes' in profile))
    return [
      {
        path: ['executor'],
        message: 'pods would see neither the cache folder nor a store',
        expected: "'volumes' with the cache folder, or 'store'",
      },
    ];
  if (executor === 'huggingface' && !/^(s3|hf):/i.test(profile.store ?? ''))
    return [
      {
        path: ['store'],
        message: 'jobs of Hugging Face see no folder of yours',
        expected: 's3://bucket/prefix or hf:owner/name',
      },
    ];
  return executor === 'command' ? checkCommand(profile as CommandProfile) : [];
}

function checkCommand(profile: CommandProfile): ProfileMistake[] {
  const problems: ProfileMistake[] = [];
  const check = (
    key: 'job_id' | 'status_line' | 'unknown_job',
    needs: string,
    fits: (text: string) => boolean,
  ) => {
    try {
      new RegExp(profile[key]);
      if (!fits(profile[key])) problems.push({ path: [key], message: `${quote(key)} has no ${needs}` });
    } catch (error) {
      problems.push({ path: [key], message: `not a regular expression: ${(error as Error).message}` });
    }
  };
  check('job_id', 'group for the id, in parentheses', (text) =>
    /(^|[^\\])\((?!\?[:=!<])|\(\?<[A-Za-z]/.test(text),
  );
  check('status_line', 'groups (?<id>…) and (?<state>…)', (text) =>
    ['id', 'state'].every((name) => text.includes(`(?<${name}>`)),
  );
  check('unknown_job', '', () => true);
  for (const key of ['status', 'cancel'] as const)
    if (!profile[key].some((word) => word.includes('{ids}')))
      problems.push({
        path: [key],
        message: `${quote(key)} does not name the jobs`,
        expected: 'an argument {ids}',
      });
  if (!profile.submit.some((word) => word.includes('{script}')))
    problems.push({
      path: ['submit'],
      message: "'submit' does not name what to run",
      expected: 'an argument {script}',
    });
  return problems;
}
