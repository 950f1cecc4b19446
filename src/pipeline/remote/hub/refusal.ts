import { HubError } from '../../../hub/hub-error.js';
import { describeRepository, type RepositoryId } from '../../../hub/repository-id.js';
import type { HubSettings } from '../../../hub/settings.js';

/**
 * Why the Hub gave no answer, told for a remote cache: what is missing may be a token, the right to write, or
 * the repository.
 */
export function refusal(
  error: HubError,
  { repository, revision }: { repository: RepositoryId; revision: string },
  settings: HubSettings,
  isWriting: boolean,
): HubError {
  const name = describeRepository(repository);
  const { status, code, got, retryAfter } = error;
  const { token, tokenFrom, endpoint } = settings;
  if (status === 429 && retryAfter !== undefined)
    return new HubError(error.message, {
      status,
      got,
      hint: `It may be asked again in ${Math.ceil(retryAfter)} s.`,
    });
  if (code === 'RevisionNotFound') {
    return new HubError(`${name} has no branch '${revision}'`, {
      status,
      got,
      hint: `Make it: hf repos branch create ${argumentsOf(repository)} ${revision}`,
    });
  }
  if (isWriting && code !== 'RepoNotFound' && (status === 403 || (status === 401 && token === undefined))) {
    const message =
      token === undefined ? `no token that may write to ${name}` : `the token may not write to ${name}`;
    const hint =
      token === undefined
        ? 'Give one in HF_TOKEN, or with `hf auth login`.'
        : `It is from ${tokenFrom}: give it the right on ${endpoint}/settings/tokens, or ask the owner of the repository.`;
    return new HubError(message, { status, got, hint });
  }
  if (code === 'RepoNotFound' || status === 404 || (status === 401 && token === undefined)) {
    const page = repository.type === 'dataset' ? 'new-dataset' : 'new';
    return new HubError(
      `no ${name} on the Hub${token === undefined ? ' that is seen without a token' : ''}`,
      {
        status,
        got,
        hint: `Make it with \`hf repos create ${argumentsOf(repository)} --private\`, or on ${endpoint}/${page}. ${token === undefined ? 'If it is there and private, set HF_TOKEN.' : 'If it is there and private, the token must be of somebody who may see it.'}`,
      },
    );
  }
  return error;
}

function argumentsOf({ type, id }: RepositoryId): string {
  return type === 'dataset' ? `--repo-type dataset ${id}` : id;
}
