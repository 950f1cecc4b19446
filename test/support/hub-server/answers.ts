import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with requests whose path matches, at most `times` times (default: always). */
export interface Fault {
  host?: 'hub' | 'cdn';
  method?: string;
  path: RegExp;
  times?: number;
  status?: number;
  headers?: Record<string, string>;
  /** No answer ever comes; if the request changes something, it has. */
  hang?: boolean;
  /** The connection is cut after this many bytes of the body. */
  cutAfter?: number;
  /** Nothing more comes after this many bytes of the body. */
  stallAfter?: number;
  /** The first byte of the body is changed. */
  corrupt?: boolean;
}

/** A file, or the requested range of it. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  whole: Buffer,
  headers: Record<string, string>,
  fault: Fault | undefined,
): Promise<void> {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const end = to ? Math.min(Number(to) + 1, whole.length) : whole.length;
  if (start >= whole.length && from !== undefined && whole.length > 0) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  let body = whole.subarray(start, end);
  if (fault?.corrupt) body = Buffer.concat([Buffer.from([body[0]! ^ 1]), body.subarray(1)]);
  response.writeHead(from === undefined ? 200 : 206, {
    ...headers,
    'accept-ranges': 'bytes',
    'content-length': body.length,
    ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${whole.length}` }),
  });
  if (request.method === 'HEAD') return void response.end();
  const shown = fault?.cutAfter ?? fault?.stallAfter;
  if (shown === undefined) return void response.end(body);
  response.write(body.subarray(0, shown));
  if (fault?.stallAfter !== undefined) return;
  // Lets what was written arrive before the connection is cut.
  await sleep(30);
  response.destroy();
}

export function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** An error as the Hub words it. */
export function fail(response: ServerResponse, status: number, code: string, message = ''): void {
  const headers = { 'x-error-message': message, ...(code && { 'x-error-code': code }) };
  response.writeHead(status, headers).end(JSON.stringify({ error: message }));
}

/** The body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
