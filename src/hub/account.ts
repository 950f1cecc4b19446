import { EtudeError } from '../util/errors.js';
import { type Asked, askJson } from './ask-json.js';
import { notTheHub } from './hub-error.js';

/** Whose token it is, and what it may do, as far as the Hub says. */
export interface Account {
  name: string;
  /** Organisations that it is a member of, by name, with the role there, if known. */
  organisations: ReadonlyMap<string, string | undefined>;
  /** `read`, `write`, `fineGrained` or something newer. */
  role?: string;
}

/** Asks the Hub whose token it is. Throws a HubError if it is rejected. */
export async function askAccount(asked: Asked): Promise<Account> {
  const { body } = await askJson(asked, '/api/whoami-v2');
  const { name, orgs, auth } = body as {
    name?: unknown;
    orgs?: { name?: unknown; roleInOrg?: unknown }[];
    auth?: { accessToken?: { role?: unknown } };
  };
  if (typeof name !== 'string') throw notTheHub(asked.settings);
  const organisations = (Array.isArray(orgs) ? orgs : []).map(
    ({ name, roleInOrg }) => [String(name), textOf(roleInOrg)] as const,
  );
  return { name, organisations: new Map(organisations), role: textOf(auth?.accessToken?.role) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * Why an account cannot write to a repository of `owner`, as far as that is known before trying: with some
 * kinds of tokens, only the Hub knows.
 *
 * @param isProposal anyone may open a pull request
 */
export function writeProblem(
  account: Account,
  owner: string,
  { settings }: Pick<Asked, 'settings'>,
  isProposal = false,
): EtudeError | undefined {
  const from = `It is from ${settings.tokenFrom}`;
  if (account.role === 'read')
    return new EtudeError('the token may only read', {
      hint: `${from}: create one with write access on ${settings.endpoint}/settings/tokens.`,
    });
  if (isProposal || owner === account.name) return undefined;
  const member = account.organisations.has(owner);
  if (member && account.organisations.get(owner) !== 'read') return undefined;
  const problem = member
    ? `'${account.name}' may only read in '${owner}'`
    : `'${account.name}' is not a member of '${owner}'`;
  return new EtudeError(problem, {
    hint: `${from}. Push to ${account.name}/…, or ask '${owner}' for write access.`,
  });
}
