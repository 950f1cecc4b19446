import { HubError } from '../../../hub/hub-error.js';
import { describeRepository, type RepositoryId } from '../../../hub/repository-id.js';
import type { HubSettings } from '../../../hub/settings.js';

/**
 * Why the Hub gave no answer, as an error about a remote cache: what is missing may be a token, write
 * permission, or the repository.
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
      hint: `Try again in ${Math.ceil(retryAfter)} s.`,
    });
  if (code === 'RevisionNotFound') {
    return new HubError(`${name} has no branch '${revision}'`, {
      status,
      got,
      hint: `Create it: hf repos branch create ${argumentsOf(repository)} ${revision}`,
    });
  }
  if (isWriting && code !== 'RepoNotFound' && (status === 403 || (status === 401 && token === undefined))) {
    const message =
      token === undefined ? `no token that can write to ${name}` : `the token has no write access to ${name}`;
    const hint =
      token === undefined
        ? 'Set one in HF_TOKEN, or with `hf auth login`.'
        : `It is from ${tokenFrom}: give it write access on ${endpoint}/settings/tokens, or ask the owner of the repository.`;
    return new HubError(message, { status, got, hint });
  }
  if (code === 'RepoNotFound' || status === 404 || (status === 401 && token === undefined)) {
    const page = repository.type === 'dataset' ? 'new-dataset' : 'new';
    return new HubError(
      `no ${name} on the Hub${token === undefined ? ' that is visible without a token' : ''}`,
      {
        status,
        got,
        hint: `Create it with \`hf repos create ${argumentsOf(repository)} --private\`, or on ${endpoint}/${page}. ${token === undefined ? 'If it exists and is private, set HF_TOKEN.' : 'If it exists and is private, the owner of the token must have access to it.'}`,
      },
    );
  }
  return error;
}

function argumentsOf({ type, id }: RepositoryId): string {
  return type === 'dataset' ? `--repo-type dataset ${id}` : id;
}
