import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

type RepositoryType = 'model' | 'dataset';

/** A request as the server saw it. */
export interface SeenRequest {
  host: 'hub' | 'cdn';
  method: string;
  path: string;
  range?: string;
  authorization?: string;
}

/** What goes wrong with requests whose path matches, as often as `times` says (default: always). */
export interface Fault {
  host?: 'hub' | 'cdn';
  path: RegExp;
  times?: number;
  status?: number;
  headers?: Record<string, string>;
  /** The connection is cut after so many bytes of the body. */
  cutAfter?: number;
  /** Nothing more comes after so many bytes of the body. */
  stallAfter?: number;
  /** The first byte of the body is another one. */
  corrupt?: boolean;
}

interface StoredFile {
  bytes: Buffer;
  oid: string;
  sha256?: string;
}

interface Repository {
  commits: Map<string, Map<string, StoredFile>>;
  refs: Map<string, string>;
  gated: boolean;
}

/** Kept as LFS files, as `.gitattributes` of new repositories says. */
const LARGE = /\.(parquet|safetensors|bin|arrow|wav|flac|mp3)$/;

/**
 * A server that speaks the part of the Hub's protocol that downloads need, on loopback: revisions, trees in pages, files with their digests,
 * ranges, and large files by redirect to another port ("cdn").
 */
export class HubServer {
  readonly requests: SeenRequest[] = [];
  readonly faults: Fault[] = [];
  /** Set: repositories are only for this token. */
  token?: string;
  pageSize = 1000;
  readonly #repositories = new Map<string, Repository>();
  readonly #servers: Server[] = [];
  #ports = { hub: 0, cdn: 0 };

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    for (const host of ['hub', 'cdn'] as const) {
      const server = createServer((request, response) => {
        hub.#handle(host, request, response).catch(() => response.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      hub.#ports[host] = (server.address() as AddressInfo).port;
      hub.#servers.push(server);
    }
    return hub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#ports.hub}`;
  }

  /** Adds a commit with these files, and nothing else, to a branch. */
  commit(
    type: RepositoryType,
    id: string,
    files: Record<string, Uint8Array | string>,
    options: { branch?: string; gated?: boolean } = {},
  ): string {
    const key = `${type}s/${id}`;
    const repository = this.#repositories.get(key) ?? { commits: new Map(), refs: new Map(), gated: false };
    this.#repositories.set(key, { ...repository, gated: options.gated ?? repository.gated });
    const stored = Object.entries(files).map(([name, content]): [string, StoredFile] => {
      const bytes = Buffer.from(content);
      const oid = sha1(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
      return [name, LARGE.test(name) ? { bytes, oid, sha256: sha256(bytes) } : { bytes, oid }];
    });
    const branch = options.branch ?? 'main';
    const commit = sha1(JSON.stringify([key, branch, stored.map(([name, { oid }]) => [name, oid])]));
    repository.commits.set(commit, new Map(stored));
    repository.refs.set(branch, commit);
    return commit;
  }

  /** Requests since the last call. */
  take(): SeenRequest[] {
    return this.requests.splice(0);
  }

  async close(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #handle(host: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const path = decodeURIComponent(pathname);
    const { range, authorization } = request.headers;
    this.requests.push({ host, method: request.method!, path, range, authorization });
    const fault = this.#fault(host, path);
    if (fault?.status !== undefined) return void response.writeHead(fault.status, fault.headers).end();
    if (host === 'cdn') {
      const file = this.#blob(path.slice(1));
      if (file === undefined) return fail(response, 404, 'EntryNotFound');
      return send(request, response, file.bytes, { etag: `"${file.sha256}"` }, fault);
    }
    const api = /^\/api\/(models|datasets)\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)(?:\/(.+))?$/.exec(
      pathname,
    );
    // Not decoded: a revision keeps its `%2F`, so that it stays one part of the path.
    const resolve = /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const key = api ? `${api[1]}/${api[2]}` : resolve ? `${resolve[1] ?? 'models/'}${resolve[2]}` : '';
    const repository = this.#repositories.get(key);
    const known = this.token !== undefined && authorization === `Bearer ${this.token}`;
    if (authorization !== undefined && this.token !== undefined && !known)
      return fail(response, 401, '', 'Invalid credentials in Authorization header');
    if (repository === undefined || (this.token !== undefined && !known && !repository.gated))
      return fail(response, 401, 'RepoNotFound', 'Repository not found');
    const revision = decodeURIComponent(api?.[4] ?? resolve?.[3] ?? '');
    const commit = repository.refs.get(revision) ?? revision;
    const files = repository.commits.get(commit);
    if (files === undefined) return fail(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    if (api?.[3] === 'revision') {
      const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
      return json(response, {
        _id: '0',
        id: api[2],
        sha: commit,
        private: false,
        gated: false,
        siblings,
        tags: [],
      });
    }
    if (api) return this.#tree(response, api, files, searchParams);
    if (repository.gated && !known)
      return fail(
        response,
        authorization === undefined ? 401 : 403,
        'GatedRepo',
        'Access to this repository is restricted',
      );
    const file = files.get(decodeURIComponent(resolve![4]!));
    if (file === undefined) return fail(response, 404, 'EntryNotFound', 'Entry not found');
    const headers = { 'x-repo-commit': commit };
    if (file.sha256 === undefined)
      return send(request, response, file.bytes, { ...headers, etag: `"${file.oid}"` }, fault);
    response.writeHead(302, {
      ...headers,
      location: `http://127.0.0.1:${this.#ports.cdn}/${file.sha256}`,
      'x-linked-etag': `"${file.sha256}"`,
      'x-linked-size': String(file.bytes.length),
    });
    response.end();
  }

  #tree(
    response: ServerResponse,
    api: RegExpExecArray,
    files: Map<string, StoredFile>,
    query: URLSearchParams,
  ): void {
    const folder = api[5] === undefined ? '' : `${api[5]}/`;
    const entries = new Map<string, unknown>();
    for (const [path, { bytes, oid, sha256 }] of files) {
      if (!path.startsWith(folder)) continue;
      const lfs = sha256 && { lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } };
      const slash = path.indexOf('/', folder.length);
      const directory = slash < 0 ? undefined : path.slice(0, slash);
      if (directory !== undefined)
        entries.set(directory, { type: 'directory', path: directory, size: 0, oid });
      if (directory === undefined || query.get('recursive') === 'true')
        entries.set(path, { type: 'file', path, size: bytes.length, oid, ...lfs });
    }
    const cursor = Number(query.get('cursor') ?? 0);
    const next = cursor + this.pageSize;
    const url = `${this.endpoint}/api/${api[1]}/${api[2]}/tree/${api[4]}?recursive=true&cursor=${next}`;
    const all = [...entries.values()];
    json(response, all.slice(cursor, next), next < all.length ? { link: `<${url}>; rel="next"` } : {});
  }

  #fault(host: 'hub' | 'cdn', path: string): Fault | undefined {
    const fault = this.faults.find(
      (one) => (one.host ?? host) === host && one.path.test(path) && one.times !== 0,
    );
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }

  #blob(digest: string): StoredFile | undefined {
    for (const { commits } of this.#repositories.values()) {
      for (const files of commits.values())
        for (const file of files.values()) if (file.sha256 === digest) return file;
    }
    return undefined;
  }
}

async function send(
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
  // What was written is to arrive before the connection is cut.
  await sleep(30);
  response.destroy();
}

function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, code: string, message = ''): void {
  const headers = { 'x-error-message': message, ...(code && { 'x-error-code': code }) };
  response.writeHead(status, headers).end(JSON.stringify({ error: message }));
}

function sha1(data: Buffer | string): string {
  return createHash('sha1').update(data).digest('hex');
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
