import { EtudeError } from '../util/errors.js';
import { isSafePath } from './layout.js';

const NAME = /^\w(?:[\w.-]{0,94}\w)?$/;

/**
 * Why a text cannot be the name of a repository, `owner/name`, by the rules of the Hub and of
 * `huggingface_hub`; `undefined` if it can.
 */
export function repositoryNameProblem(id: string): EtudeError | undefined {
  const [owner = '', name = '', ...more] = id.split('/');
  const isRight =
    more.length === 0 &&
    [owner, name].every((part) => NAME.test(part)) &&
    !/--|\.\./.test(id) &&
    !id.endsWith('.git');
  if (isRight) return undefined;
  return new EtudeError('not the name of a repository on the Hub', {
    expected:
      'owner/name: each of letters, digits, -, _ and ., at most 96, with no -- or .., no - or . at either end, and no .git at the end',
    got: JSON.stringify(id),
  });
}

/** Why a text cannot be the name of a branch; `undefined` if it can. */
export function branchProblem(branch: string): EtudeError | undefined {
  const isRight =
    isSafePath(branch) &&
    /^[\w./-]+$/.test(branch) &&
    !/^-|\.\.|\.lock$|\.$|^[0-9a-f]{40}$|^refs\/(?!pr\/\d+$)/.test(branch);
  if (isRight) return undefined;
  return new EtudeError('not the name of a branch on the Hub', {
    expected: 'letters, digits, -, _, . and /; not a commit',
    got: JSON.stringify(branch),
  });
}
