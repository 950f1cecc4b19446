import { askAccount, writeProblem } from '../../../hub/account.js';
import type { Asked } from '../../../hub/ask-json.js';
import { HubError } from '../../../hub/hub-error.js';
import { branchProblem, repositoryNameProblem } from '../../../hub/repository-name.js';
import type { HubSettings } from '../../../hub/settings.js';
import { EtudeError } from '../../../util/errors.js';

/** What is in the way of writing to a repository, whatever is written. */
export interface TargetProblems {
  problems: EtudeError[];
  /** Whether the Hub can be asked about the repository at all. */
  mayAsk: boolean;
}

/**
 * Checks the name of a repository and of a branch, whether there is a token, and, with one request, whether
 * its owner may write.
 *
 * @throws HubError if the Hub cannot be reached
 */
export async function targetProblems(
  asked: Asked,
  { revision = 'main', createPr = false }: { revision?: string; createPr?: boolean },
): Promise<TargetProblems> {
  const { id } = asked.repository;
  const problems = [repositoryNameProblem(id), branchProblem(revision), accessProblem(asked.settings)].filter(
    (problem) => problem !== undefined,
  );
  if (problems.length > 0) return { problems, mayAsk: false };
  try {
    const denied = writeProblem(await askAccount(asked), id.split('/')[0]!, asked, createPr);
    return { problems: denied === undefined ? [] : [denied], mayAsk: true };
  } catch (error) {
    if (!(error instanceof HubError) || error.transient) throw error;
    return { problems: [error], mayAsk: false };
  }
}

/** Why nothing can be written to the Hub at all: no network wanted, or no token. */
export function accessProblem(settings: HubSettings): EtudeError | undefined {
  if (settings.offline)
    return new EtudeError('HF_HUB_OFFLINE is set, so the Hub is not contacted', {
      hint: 'Unset it to push.',
    });
  if (settings.token !== undefined) return undefined;
  return new EtudeError('no token for the Hub', {
    expected: 'one that can write',
    hint: 'Set one in HF_TOKEN, or with `hf auth login`.',
  });
}
