import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDocument } from 'yaml';
import { bodyOf, json } from './answers.js';

export interface Account {
  name: string;
  orgs: { name: string; roleInOrg: string }[];
}

/** Whose token it is, as `/api/whoami-v2` answers. */
export function account(response: ServerResponse, { name, orgs }: Account, role: string): void {
  const auth = { type: 'access_token', accessToken: { displayName: 'test', role } };
  json(response, { type: 'user', id: '0', name, fullname: name, orgs, auth });
}

/** What the Hub checks of a card's metadata, as far as its documentation says. */
export async function validateYaml(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { content } = JSON.parse((await bodyOf(request)).toString('utf8')) as { content: string };
  const [, block] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(content) ?? [];
  const document = parseDocument(block ?? '');
  const errors = document.errors.map(({ message }) => message);
  const metadata: unknown = errors.length > 0 ? {} : document.toJS();
  if (metadata !== null && (typeof metadata !== 'object' || Array.isArray(metadata)))
    errors.push('YAML metadata must be an object');
  else errors.push(...problemsOf((metadata ?? {}) as Record<string, unknown>));
  const warnings = block === undefined ? [{ message: 'empty or missing yaml metadata in repo card' }] : [];
  const body = { errors: errors.map((message) => ({ message })), warnings };
  if (errors.length === 0) return json(response, body);
  response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const LICENSES = [
  'apache-2.0',
  'mit',
  'cc-by-4.0',
  'cc-by-nc-4.0',
  'cc0-1.0',
  'openrail',
  'other',
  'unknown',
];
const ID = /^[\w.-]+(?:\/[\w.-]+)?$/;

function problemsOf(metadata: Record<string, unknown>): string[] {
  const { license, language, tags, datasets, metrics, base_model: bases } = metadata;
  const problems: string[] = [];
  const need = (isRight: boolean, text: string) => {
    if (!isRight) problems.push(text);
  };
  const isStrings = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
  const all = (value: unknown) => (value === undefined ? [] : [value].flat()).map(String);
  need(
    license === undefined || all(license).every((one) => LICENSES.includes(one)),
    '"license" must be one of …',
  );
  need(
    all(language).every((one) => /^[a-z]{2,3}$/.test(one)),
    '"language" must only contain ISO 639 codes',
  );
  for (const [name, list] of Object.entries({ tags, datasets, metrics }))
    need(list === undefined || isStrings(list), `"${name}" must be an array of strings`);
  need(
    all(datasets).every((one) => ID.test(one)),
    '"datasets" must contain ids of repositories',
  );
  need(
    all(bases).every((one) => ID.test(one)),
    '"base_model" must contain ids of repositories',
  );
  const index = metadata['model-index'];
  if (index === undefined) return problems;
  need(Array.isArray(index) && index.length > 0, '"model-index" must be an array');
  for (const { name, results } of (Array.isArray(index) ? index : []) as Indexed[]) {
    need(typeof name === 'string' && name !== '', '"model-index[0].name" is required');
    need(Array.isArray(results), '"model-index[0].results" must be an array');
    for (const { task, dataset, metrics: measured } of results ?? []) {
      need(typeof task?.type === 'string', '"model-index[0].results[0].task.type" is required');
      need(ID.test(dataset?.type ?? ''), '"model-index[0].results[0].dataset.type" is required');
      need(typeof dataset?.name === 'string', '"model-index[0].results[0].dataset.name" is required');
      need(
        Array.isArray(measured) && measured.every((one) => typeof one.type === 'string' && one.value != null),
        '"model-index[0].results[0].metrics" must have types and values',
      );
    }
  }
  return problems;
}

interface Indexed {
  name?: unknown;
  results?: {
    task?: { type?: unknown };
    dataset?: { type?: string; name?: unknown };
    metrics?: { type?: unknown; value?: unknown }[];
  }[];
}
