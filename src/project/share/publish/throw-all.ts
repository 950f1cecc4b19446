import { describeRepository, type RepositoryId } from '../../../hub/repository-id.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';

/** Throws one problem as it is, and several as one error that lists them; does nothing if there are none. */
export function throwAll(repository: RepositoryId, problems: readonly EtudeError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  const listed = problems.map((problem) => `  - ${problem.describe().replaceAll('\n', '\n  ')}`);
  const title = `${describeRepository(repository)} cannot be pushed: ${count(problems.length, 'problem')}`;
  throw new EtudeError([title, ...listed].join('\n'));
}
