import { type Asked, askJson } from './ask-json.js';

/** Conflict: it exists already, because somebody else was faster. */
const EXISTS = 409;

/**
 * Creates a repository, unless it exists.
 *
 * @param isPrivate by default, what its owner has chosen for new repositories: usually public
 */
export async function createRepository(asked: Asked, isPrivate: boolean | undefined): Promise<void> {
  const { type, id } = asked.repository;
  const [organization, name] = id.split('/');
  const visibility = isPrivate === undefined ? {} : { visibility: isPrivate ? 'private' : 'public' };
  const body = { name, organization, type, ...visibility };
  await askJson(asked, '/api/repos/create', { body, accepted: [EXISTS] });
}

/** Creates a branch that starts at the main one, unless it exists. */
export async function createBranch(asked: Asked, branch: string): Promise<void> {
  const { type, id } = asked.repository;
  const path = `/api/${type}s/${id}/branch/${encodeURIComponent(branch)}`;
  await askJson(asked, path, { body: {}, accepted: [EXISTS] });
}
