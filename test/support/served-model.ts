import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { openProject, type RunningServer, type ServeOptions } from '../../src/index.js';
import { writePredictModel } from './predict-models.js';
import { sharedTempFolder } from './temp-folder.js';

const root = sharedTempFolder('serve');

/** A server of a tiny model, on any free port, and what it warned of. */
export async function serveTiny(
  options: ServeOptions = {},
  model = 'base',
): Promise<RunningServer & { warnings: string[]; folder: string }> {
  writePredictModel(root, model);
  const warnings: string[] = [];
  const project = openProject({ dir: root, warn: (text) => warnings.push(text) });
  const server = await project.serve(join(root, model), { port: 0, ...options });
  return { ...server, warnings, folder: join(root, model) };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what tests compare
  json: any;
}

/** All answers that `ask` has got. */
const answers: { path: string; method: string; status: number; json: unknown }[] = [];

/** A request, and its answer as JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  const json = JSON.parse(await response.text());
  answers.push({ path: new URL(url).pathname, method: (init.method ?? 'GET').toLowerCase(), status, json });
  return { status, headers, json };
}

/** Checks all answers of `ask` so far, except those about pages and methods, against an OpenAPI document. */
export function checkAnswers({ paths }: OpenApi): void {
  const ajv = new Ajv({ strict: false, code: { optimize: false } });
  for (const { path, method, status, json } of answers) {
    if (status === 404 || status === 405) continue;
    const documented = paths[path]?.[method]?.responses[status]?.content['application/json']?.schema;
    assert.ok(documented !== undefined, `${method} ${path} ${status} is not documented`);
    assert.ok(ajv.validate(documented, json), `${method} ${path} ${status}: ${ajv.errorsText()}`);
  }
  for (const [path, methods] of Object.entries(paths))
    for (const method of Object.keys(methods))
      if (path !== '/metrics' && path !== '/openapi.json')
        assert.ok(
          answers.some((each) => each.path === path && each.method === method && each.status === 200),
        );
}

interface OpenApi {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >;
}

export function post(url: string, body: Uint8Array | string | FormData, type?: string): Promise<Answer> {
  const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
  return ask(url, { method: 'POST', body: body as RequestInit['body'], headers });
}

/** Everything that a server answers to these bytes, until it closes the connection or `ms` have passed. */
export async function raw(url: string, bytes: string | Uint8Array, ms = 10_000): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.write(bytes);
  const timer = setTimeout(() => socket.destroy(), ms);
  await once(socket, 'close');
  clearTimeout(timer);
  return text;
}

/** A request whose body is begun, and lacks some bytes. */
export function begin(url: string, part: Uint8Array, missing = 1000): ReturnType<typeof request> {
  const headers = { 'Content-Length': part.length + missing };
  const started = request(url, { method: 'POST', headers });
  started.on('error', () => {});
  started.write(part);
  return started;
}

/** The value of a metric. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
