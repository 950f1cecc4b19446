import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
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

/** A request, and its answer as JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: JSON.parse(text) };
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

/** A request whose body is begun, and not ended. */
export function begin(url: string, part: Uint8Array): ReturnType<typeof request> {
  const started = request(url, { method: 'POST', headers: { 'Content-Length': part.length + 1000 } });
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
