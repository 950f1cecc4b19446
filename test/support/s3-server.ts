import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import S3rver from 's3rver';
import { removable } from './temp-folder.js';

/** A request as the server saw it. */
export interface SeenS3Request {
  method: string;
  /** Bucket, key and query. */
  path: string;
  headers: IncomingHttpHeaders;
}

/** What goes wrong with requests that match, at most `times` times (default: always). */
export interface S3Fault {
  method?: string;
  path?: RegExp;
  times?: number;
  /** An answer as S3 gives it, with this status and code. */
  status?: number;
  code?: string;
  headers?: Record<string, string>;
  /** No answer ever comes. */
  hang?: boolean;
  /** The connection is cut: before an answer, or after this many bytes of its body. */
  cutAfter?: number;
  /** Nothing more comes after this many bytes of the body. */
  stallAfter?: number;
  /** The body ends after this many bytes, as if it were complete. */
  endAfter?: number;
  /** A byte in the middle of the body is changed. */
  corrupt?: boolean;
}

const SUFFIX = '._S3rver_object';
const UPLOADS = '._S3rver_uploads';

/**
 * S3 on loopback: s3rver, which checks signatures, lists, and supports multipart uploads; and in front of it
 * a proxy that adds what it lacks (conditions, checksums) and makes things go wrong.
 */
export class S3Server {
  readonly bucket = 'bucket';
  readonly requests: SeenS3Request[] = [];
  readonly faults: S3Fault[] = [];
  /** How `If-None-Match` and `If-Match` are treated. */
  conditions: 'kept' | 'ignored' | 'unknown' = 'kept';
  /** Only signed requests are answered. */
  isPrivate = false;
  readonly #folder = removable('s3');
  readonly #door: Server;
  #inner: { port: number; close(): Promise<void> } | undefined;
  readonly #handling = new Set<Promise<unknown>>();
  /** The last write of each key: conditions require one at a time. */
  readonly #writes = new Map<string, Promise<void>>();

  /** Sizes of the parts of uploads. */
  readonly #parts = new Map<string, Map<string, number>>();

  private constructor() {
    this.#door = createServer((request, response) => {
      const handling = this.#handle(request, response)
        .catch(() => response.destroy())
        .finally(() => this.#handling.delete(handling));
      this.#handling.add(handling);
    });
  }

  static async start(): Promise<S3Server> {
    const made = new S3Server();
    const inner = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: made.#folder.dir,
      configureBuckets: [{ name: made.bucket, configs: [] }],
    });
    const { port } = await inner.run();
    made.#inner = { port, close: () => inner.close() };
    await new Promise<void>((resolve) => made.#door.listen(0, '127.0.0.1', resolve));
    return made;
  }

  /** Environment variables of a process that is to use this server. */
  get env(): Record<string, string> {
    const none = join(this.#folder.dir, 'none');
    return {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(this.#door.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
      AWS_EC2_METADATA_DISABLED: 'true',
      // Not those of the user who runs the tests.
      AWS_CONFIG_FILE: none,
      AWS_SHARED_CREDENTIALS_FILE: none,
      AWS_PROFILE: '',
      AWS_REGION: '',
      AWS_SESSION_TOKEN: '',
    };
  }

  /** Keys that are visible, sorted. */
  keys(): string[] {
    const names = readdirSync(join(this.#folder.dir, this.bucket), { recursive: true }) as string[];
    return names
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
      .map((name) => name.slice(0, -SUFFIX.length))
      .sort();
  }

  read(key: string): Buffer {
    return readFileSync(this.#path(key));
  }

  /** Replaces a stored object, bypassing the proxy. */
  spoil(key: string, bytes: Uint8Array | string): void {
    writeFileSync(this.#path(key), bytes);
  }

  /** Stores something that nobody pushed. */
  async write(key: string, bytes: string): Promise<void> {
    await this.#ask('PUT', `/${this.bucket}/${key}`, {}, Buffer.from(bytes));
  }

  /** Resolves once everything that has arrived is stored, including from processes that have ended. */
  async idle(): Promise<void> {
    do {
      await Promise.allSettled(this.#handling);
      await sleep(20);
    } while (this.#handling.size > 0);
  }

  async close(): Promise<void> {
    this.#door.closeAllConnections();
    await new Promise((resolve) => this.#door.close(resolve));
    await this.#inner?.close();
    this.#folder.remove();
  }

  #path(key: string): string {
    return join(this.#folder.dir, this.bucket, `${key}${SUFFIX}`);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    this.requests.push({ method, path, headers });
    const fault = this.#fault(method, path);
    if (fault?.hang) return;
    if (fault?.status !== undefined)
      return refuse(request, response, fault.status, fault.code, fault.headers);
    const hasBody = fault?.endAfter ?? fault?.stallAfter ?? fault?.corrupt;
    if (fault?.cutAfter !== undefined && method !== 'GET') return void request.socket.destroy();
    if (this.isPrivate && headers.authorization === undefined)
      return refuse(request, response, 403, 'AccessDenied');
    // Either all of it is stored, or nothing.
    const body = await bodyOf(request);
    const wrong = wrongDigest(headers, body);
    if (wrong !== undefined) return refuse(request, response, 400, wrong);
    const isWrite = (method === 'PUT' && !path.includes('partNumber=')) || /[?&]uploadId=/.test(path);
    const key = path.split('?', 1)[0]!;
    const before = this.#writes.get(key);
    const work = async () => {
      // s3rver shows what it is still writing; S3 does not.
      await before;
      const refusal = await this.#refusal(key, headers);
      if (refusal !== undefined) return refuse(request, response, ...refusal);
      const answer = await this.#ask(method, path, headers, body);
      if (isWrite || method === 'PUT') await this.#written(method, path, body.length, answer);
      if (fault !== undefined && (hasBody !== undefined || fault.cutAfter !== undefined))
        return spoiled(response, answer, fault);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    const done = work();
    if (isWrite)
      this.#writes.set(
        key,
        done.catch(() => undefined),
      );
    await done;
  }

  /** s3rver answers before everything it received is in its file. */
  async #written(method: string, path: string, bytes: number, { status }: Answer): Promise<void> {
    if (status !== 200) return;
    const { pathname, searchParams } = new URL(path, 'http://s3');
    const [upload, part] = ['uploadId', 'partNumber'].map((name) => searchParams.get(name));
    const object = join(this.#folder.dir, `${decodeURIComponent(pathname)}${SUFFIX}`);
    const file = part ? join(this.#folder.dir, this.bucket, UPLOADS, upload!, part) : object;
    if (part) this.#parts.set(upload!, (this.#parts.get(upload!) ?? new Map()).set(part, bytes));
    if (method === 'POST' && !upload) return;
    const parts = [...(this.#parts.get(upload ?? '')?.values() ?? [])];
    const size = method === 'PUT' ? bytes : parts.reduce((sum, each) => sum + each, 0);
    for (let i = 0; i < 1000; i++) {
      if (statSync(file, { throwIfNoEntry: false })?.size === size) return;
      await sleep(5);
    }
    throw new Error(`${file} has not ${size} bytes`);
  }

  async #refusal(key: string, headers: IncomingHttpHeaders): Promise<[number, string] | undefined> {
    const { 'if-none-match': none, 'if-match': match } = headers;
    if ((none ?? match) === undefined || this.conditions === 'ignored') return undefined;
    if (this.conditions === 'unknown') return [501, 'NotImplemented'];
    const there = await this.#ask('HEAD', key, {}, Buffer.alloc(0));
    const isThere = there.status === 200;
    const isRight = none === '*' ? !isThere : isThere && there.headers.etag === match;
    return isRight ? undefined : [412, 'PreconditionFailed'];
  }

  async #ask(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Answer> {
    const { expect: _, 'if-match': __, 'if-none-match': ___, ...rest } = headers;
    const length = body.length > 0 || method === 'PUT' ? { 'content-length': body.length } : {};
    return new Promise((resolve, reject) => {
      const call = open(
        { host: '127.0.0.1', port: this.#inner!.port, method, path, headers: { ...rest, ...length } },
        (response) => {
          bodyOf(response).then((bytes) => {
            const { 'transfer-encoding': _, connection: __, ...kept } = response.headers;
            resolve({ status: response.statusCode!, headers: kept, body: bytes });
          }, reject);
        },
      );
      call.once('error', reject);
      call.end(body);
    });
  }

  #fault(method: string, path: string): S3Fault | undefined {
    const fault = this.faults.find(
      (one) =>
        (one.method ?? method) === method &&
        (one.path === undefined || one.path.test(path)) &&
        one.times !== 0,
    );
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  if (!message.complete) throw new Error('cut off');
  return Buffer.concat(pieces);
}

function wrongDigest(headers: IncomingHttpHeaders, body: Buffer): string | undefined {
  const { 'x-amz-content-sha256': signed, 'x-amz-checksum-sha256': declared } = headers;
  const digest = createHash('sha256').update(body).digest();
  if (typeof signed === 'string' && /^[0-9a-f]{64}$/.test(signed) && signed !== digest.toString('hex'))
    return 'XAmzContentSHA256Mismatch';
  return typeof declared === 'string' && declared !== digest.toString('base64') ? 'BadDigest' : undefined;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code = 'InternalError',
  headers: Record<string, string> = {},
): void {
  request.resume();
  const text = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function spoiled(
  response: ServerResponse,
  { status, headers, body }: Answer,
  fault: S3Fault,
): Promise<void> {
  const bytes = Buffer.from(body);
  if (fault.corrupt) bytes[bytes.length >> 1]! ^= 1;
  const shown = fault.cutAfter ?? fault.stallAfter ?? fault.endAfter ?? bytes.length;
  const length = fault.endAfter === undefined ? bytes.length : Math.min(shown, bytes.length);
  response.writeHead(status, { ...headers, 'content-length': length });
  response.write(bytes.subarray(0, shown));
  if (fault.stallAfter !== undefined) return;
  // Lets what was written arrive before the connection is cut.
  if (fault.cutAfter !== undefined) return void sleep(30).then(() => response.destroy());
  response.end();
}
