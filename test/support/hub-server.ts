import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, account, validateYaml } from './hub-server/account.js';
import { bodyOf, type Fault, fail, json, send } from './hub-server/answers.js';
import { entryOf, pathsInfo } from './hub-server/listing.js';
import { Repository, type StoredFile, stored } from './hub-server/repository.js';
import { commitFiles, isLarge, lfsBatch, preupload, takeObject } from './hub-server/writing.js';

type RepositoryType = 'model' | 'dataset';

/** A request as the server saw it. */
export interface SeenRequest {
  host: 'hub' | 'cdn';
  method: string;
  path: string;
  range?: string;
  authorization?: string;
}

/**
 * `/api/datasets/owner/name/tree/main/folder`; not decoded, so that a revision keeps its `%2F` and stays one
 * part of the path.
 */
const API =
  /^\/api\/(models|datasets)\/([^/]+\/[^/]+)\/(revision|tree|paths-info|preupload|commit|branch)\/([^/]+)(?:\/(.+))?$/;
const RESOLVE = /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/;
const LFS = /^\/(datasets\/)?([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/(batch|verify)$/;

/**
 * A server that speaks the part of the Hub's protocol that downloads and commits need, on loopback:
 * revisions, trees in pages, files with their digests, ranges, large files by redirect to another port
 * ("cdn"), and commits of files, with large ones by LFS.
 */
export class HubServer {
  readonly requests: SeenRequest[] = [];
  readonly faults: Fault[] = [];
  /** Called with each request before it is answered. */
  onRequest: (request: SeenRequest) => void = () => undefined;
  /** If set, repositories are accessible only with this token. */
  token?: string;
  /** With `token`: it may read, but not write. */
  readOnly = false;
  /** Whose token it is. */
  account: Account = { name: 'me', orgs: [{ name: 'team', roleInOrg: 'write' }] };
  pageSize = 1000;
  /** Larger LFS objects are uploaded in parts of this many bytes. */
  partSize = 50_000_000;
  readonly #repositories = new Map<string, Repository>();
  readonly #servers: Server[] = [];
  readonly #parts = new Map<string, Buffer>();
  #ports = { hub: 0, cdn: 0 };
  #running = 0;

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    for (const host of ['hub', 'cdn'] as const) {
      const server = createServer((request, response) => {
        hub.#running += 1;
        hub
          .#handle(host, request, response)
          .catch(() => response.destroy())
          .finally(() => (hub.#running -= 1));
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
    const repository = this.#repositories.get(key) ?? new Repository(key);
    this.#repositories.set(key, repository);
    repository.gated = options.gated ?? repository.gated;
    const all = Object.entries(files).map(([name, content]): [string, StoredFile] => {
      const bytes = Buffer.from(content);
      return [name, stored(bytes, isLarge(name, Buffer.alloc(0), 0))];
    });
    return repository.commit(options.branch ?? 'main', new Map(all));
  }

  /** How often a branch was committed to, and whether only some may see the repository. */
  state(type: RepositoryType, id: string): { commits: number; isPrivate: boolean } | undefined {
    const repository = this.#repositories.get(`${type}s/${id}`);
    return repository && { commits: repository.commits.size, isPrivate: repository.isPrivate };
  }

  /** The current files of a branch. */
  files(type: RepositoryType, id: string, branch = 'main'): Map<string, Buffer> {
    const repository = this.#repositories.get(`${type}s/${id}`);
    const files = repository?.commits.get(repository.refs.get(branch) ?? '') ?? new Map<string, StoredFile>();
    return new Map([...files].map(([name, { bytes }]) => [name, bytes]));
  }

  /** Requests since the last call. */
  take(): SeenRequest[] {
    return this.requests.splice(0);
  }

  /** Resolves once no request is being handled. */
  async idle(): Promise<void> {
    do await sleep(20);
    while (this.#running > 0);
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
    const method = request.method!;
    const seen = { host, method, path, range, authorization };
    this.requests.push(seen);
    this.onRequest(seen);
    const fault = this.#fault(host, method, path);
    if (fault?.status !== undefined) {
      // An answer that comes while the body is still being sent looks like a broken connection.
      await bodyOf(request);
      return void response.writeHead(fault.status, fault.headers).end();
    }
    if (fault?.hang) {
      if (method === 'GET') return;
      // The work is done, but there is no answer.
      response.writeHead = () => response;
      response.end = () => response;
    }
    if (host === 'cdn') return this.#storage(request, response, searchParams, path.slice(1), fault);
    const api = API.exec(pathname);
    const lfs = LFS.exec(pathname);
    const resolve = RESOLVE.exec(pathname);
    const at = lfs ?? resolve;
    const key = api ? `${api[1]}/${api[2]}` : at ? `${at[1] ?? 'models/'}${at[2]}` : '';
    const repository = this.#repositories.get(key);
    const known = this.token !== undefined && authorization === `Bearer ${this.token}`;
    if (authorization !== undefined && this.token !== undefined && !known)
      return fail(response, 401, '', 'Invalid credentials in Authorization header');
    if (pathname === '/api/validate-yaml') return validateYaml(request, response);
    if (pathname === '/api/whoami-v2')
      return known
        ? account(response, this.account, this.readOnly ? 'read' : 'write')
        : fail(response, 401, '', 'Invalid username or password.');
    if (pathname === '/api/repos/create') return this.#create(request, response, known);
    if (repository === undefined || (this.token !== undefined && !known && !repository.gated))
      return fail(response, known ? 404 : 401, 'RepoNotFound', 'Repository not found');
    const isWriting = lfs !== null || ['preupload', 'commit', 'branch'].includes(api?.[3] ?? '');
    if (isWriting && this.token !== undefined && (!known || this.readOnly))
      return fail(response, 403, '', 'Forbidden: you must use a write token to upload to a repository.');
    if (lfs) {
      if (lfs[3] === 'verify') return void response.writeHead(200).end();
      const storage = `http://127.0.0.1:${this.#ports.cdn}/${key}`;
      const verify = `${this.endpoint}${pathname.replace(/batch$/, 'verify')}`;
      return lfsBatch(request, response, repository, { storage, verify, partSize: this.partSize });
    }
    const revision = decodeURIComponent(api?.[4] ?? resolve?.[3] ?? '');
    if (api?.[3] === 'branch') {
      if (repository.refs.has(revision)) return fail(response, 409, '', 'Reference already exists');
      repository.refs.set(revision, repository.refs.get('main')!);
      return json(response, {});
    }
    const commit = repository.refs.get(revision) ?? revision;
    const files = repository.commits.get(commit);
    if (files === undefined) return fail(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    switch (api?.[3]) {
      case 'revision': {
        const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
        const more = { private: repository.isPrivate, gated: false, siblings, tags: [] };
        return json(response, { _id: '0', id: api[2], sha: commit, ...more });
      }
      case 'preupload':
        return preupload(request, response, files);
      case 'commit':
        return commitFiles(request, response, repository, revision, {
          endpoint: this.endpoint,
          asProposal: searchParams.has('create_pr'),
        });
      case 'paths-info':
        return pathsInfo(request, response, files);
      case 'tree':
        return this.#tree(response, api, files, searchParams);
    }
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
      location: `http://127.0.0.1:${this.#ports.cdn}/${key}/${file.sha256}`,
      'x-linked-etag': `"${file.sha256}"`,
      'x-linked-size': String(file.bytes.length),
    });
    response.end();
  }

  /** Creates a repository as the Hub does: with one commit of `.gitattributes`. */
  async #create(request: IncomingMessage, response: ServerResponse, known: boolean): Promise<void> {
    const body = JSON.parse((await bodyOf(request)).toString('utf8')) as Record<string, string | undefined>;
    const { name, organization = this.account.name, type = 'model', visibility } = body;
    const isOwn = [this.account.name, ...this.account.orgs.map((one) => one.name)].includes(organization);
    if (!known || this.readOnly || !isOwn)
      return fail(response, 403, '', `You don't have the rights to create a ${type} under ${organization}`);
    const key = `${type}s/${organization}/${name}`;
    if (this.#repositories.has(key)) return fail(response, 409, '', `You already created this ${type} repo`);
    const attributes = '*.bin filter=lfs diff=lfs merge=lfs -text\n';
    this.commit(type as RepositoryType, `${organization}/${name}`, { '.gitattributes': attributes });
    this.#repositories.get(key)!.isPrivate = visibility === 'private';
    const page = key.replace(/^models\//, '');
    json(response, { url: `${this.endpoint}/${page}`, name: `${organization}/${name}`, id: '0' });
  }

  /** The addresses of large files: `models/owner/name/<sha256>`. */
  async #storage(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
    path: string,
    fault: Fault | undefined,
  ): Promise<void> {
    const oid = path.split('/').at(-1)!;
    const repository = this.#repositories.get(path.slice(0, -oid.length - 1));
    if (repository === undefined) return fail(response, 404, 'NoSuchBucket');
    if (request.method === 'PUT' || request.method === 'POST')
      return takeObject(request, response, repository, { oid, part: query.get('part'), parts: this.#parts });
    const bytes = repository.blob(oid);
    if (bytes === undefined) return fail(response, 404, 'EntryNotFound');
    return send(request, response, bytes, { etag: `"${oid}"` }, fault);
  }

  #tree(
    response: ServerResponse,
    api: RegExpExecArray,
    files: ReadonlyMap<string, StoredFile>,
    query: URLSearchParams,
  ): void {
    const folder = api[5] === undefined ? '' : `${decodeURIComponent(api[5])}/`;
    const entries = new Map<string, unknown>();
    for (const [path, file] of files) {
      if (!path.startsWith(folder)) continue;
      const slash = path.indexOf('/', folder.length);
      const directory = slash < 0 ? undefined : path.slice(0, slash);
      if (directory !== undefined)
        entries.set(directory, { type: 'directory', path: directory, size: 0, oid: file.oid });
      if (directory === undefined || query.get('recursive') === 'true')
        entries.set(path, entryOf(path, file));
    }
    if (folder !== '' && entries.size === 0) {
      fail(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    const cursor = Number(query.get('cursor') ?? 0);
    const next = cursor + this.pageSize;
    const url = `${this.endpoint}/api/${api[1]}/${api[2]}/tree/${api[4]}${api[5] ? `/${api[5]}` : ''}?recursive=true&cursor=${next}`;
    const all = [...entries.values()];
    json(response, all.slice(cursor, next), next < all.length ? { link: `<${url}>; rel="next"` } : {});
  }

  #fault(host: 'hub' | 'cdn', method: string, path: string): Fault | undefined {
    const fault = this.faults.find(
      (one) =>
        (one.host ?? host) === host &&
        (one.method ?? method) === method &&
        one.path.test(path) &&
        one.times !== 0,
    );
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }
}
