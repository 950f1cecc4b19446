import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, fail, json } from './answers.js';
import { type Repository, type StoredFile, sha1, sha256, stored } from './repository.js';

/** Stored as LFS files, according to `.gitattributes` of new repositories. */
const LARGE = /\.(parquet|safetensors|bin|arrow|wav|flac|mp3)$/;

/**
 * Whether git-lfs stores a file: by its name, by a line of `.gitattributes`, by its size, or because it is
 * not text.
 */
export function isLarge(path: string, sample: Buffer, size: number, attributes = ''): boolean {
  const folders = [...attributes.matchAll(/^(\S+)\/\*\* .*filter=lfs/gm)].map(([, folder]) => `${folder}/`);
  return LARGE.test(path) || folders.some((one) => path.startsWith(one)) || size > 10e6 || sample.includes(0);
}

/** Answers for each file whether it must be uploaded as an LFS file. */
export async function preupload(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, StoredFile>,
): Promise<void> {
  const body = JSON.parse((await bodyOf(request)).toString('utf8')) as {
    files: { path: string; size: number; sample: string }[];
    gitAttributes?: string;
  };
  const attributes = body.gitAttributes ?? files.get('.gitattributes')?.bytes.toString('utf8');
  const answers = body.files.map(({ path, size, sample }) => ({
    path,
    uploadMode: isLarge(path, Buffer.from(sample, 'base64'), size, attributes) ? 'lfs' : 'regular',
    shouldIgnore: false,
    oid: files.get(path)?.sha256 ?? files.get(path)?.oid ?? null,
  }));
  json(response, { files: answers, commitOid: '0'.repeat(40) });
}

/** Where missing objects are uploaded to. Those larger than `partSize` are sent in parts. */
export async function lfsBatch(
  request: IncomingMessage,
  response: ServerResponse,
  { objects: known }: Repository,
  at: { storage: string; verify: string; partSize: number },
): Promise<void> {
  const { objects } = JSON.parse((await bodyOf(request)).toString('utf8')) as {
    objects: { oid: string; size: number }[];
  };
  const answers = objects.map(({ oid, size }) => {
    if (known.has(oid)) return { oid, size };
    const href = `${at.storage}/${oid}?signature=s3cret`;
    const verify = { href: at.verify };
    if (size <= at.partSize) return { oid, size, actions: { upload: { href }, verify } };
    const parts = Array.from({ length: Math.ceil(size / at.partSize) }, (_, i) => [
      String(i + 1).padStart(5, '0'),
      `${href}&part=${i + 1}`,
    ]);
    const header = { chunk_size: String(at.partSize), ...Object.fromEntries(parts) };
    return { oid, size, actions: { upload: { href, header }, verify } };
  });
  json(response, { transfer: 'basic', objects: answers }, { 'x-request-id': 'r1' });
}

/** The storage: accepts objects, complete or in parts, and only with the right bytes. */
export async function takeObject(
  request: IncomingMessage,
  response: ServerResponse,
  { objects }: Repository,
  { oid, part, parts }: { oid: string; part: string | null; parts: Map<string, Buffer> },
): Promise<void> {
  // As on S3: no chunked bodies, and no empty ones.
  if (request.method === 'PUT' && request.headers['content-length'] === undefined)
    return fail(response, 501, 'NotImplemented');
  const body = await bodyOf(request);
  if (request.method === 'PUT' && body.length === 0) return fail(response, 501, 'NotImplemented');
  if (part !== null) {
    parts.set(`${oid}/${part}`, body);
    return void response.writeHead(200, { etag: `"${sha1(body)}"` }).end();
  }
  let bytes: Buffer = body;
  if (request.method === 'POST') {
    const complete = JSON.parse(body.toString('utf8')) as { parts: { partNumber: number }[] };
    bytes = Buffer.concat(complete.parts.map(({ partNumber }) => parts.get(`${oid}/${partNumber}`)!));
  }
  if (sha256(bytes) !== oid) return fail(response, 400, 'BadDigest', 'the bytes are not those of the object');
  objects.set(oid, bytes);
  response.writeHead(200).end();
}

/**
 * A commit in NDJSON: a header, then a line per file. Refused with 412 if the branch is not at the parent
 * that the header names.
 */
export async function commitFiles(
  request: IncomingMessage,
  response: ServerResponse,
  repository: Repository,
  branch: string,
  { endpoint, asProposal = false }: { endpoint: string; asProposal?: boolean },
): Promise<void> {
  const lines = (await bodyOf(request)).toString('utf8').split('\n').filter(Boolean);
  const operations = lines.map((line) => JSON.parse(line) as { key: string; value: Record<string, string> });
  // Read after the body has arrived, so that nothing comes between this and the commit.
  const head = repository.refs.get(branch);
  if (head === undefined) return fail(response, 404, 'RevisionNotFound', `Invalid rev id: ${branch}`);
  const files = new Map(repository.commits.get(head));
  for (const { key, value } of operations) {
    const { path = '', content = '', oid = '', parentCommit } = value;
    if (key === 'header' && parentCommit !== undefined && parentCommit !== head)
      return fail(response, 412, '', 'A commit has happened since. Please refresh and try again.');
    if (key === 'file') files.set(path, stored(Buffer.from(content, 'base64'), false));
    if (key === 'deletedFile') files.delete(path);
    if (key !== 'lfsFile') continue;
    const bytes = repository.blob(oid);
    if (bytes === undefined || bytes.length !== Number(value.size))
      return fail(response, 400, '', `LFS pointer points to a file that does not exist: ${path}`);
    files.set(path, stored(bytes, true));
  }
  const page = `${endpoint}/${repository.key.replace(/^models\//, '')}`;
  const proposal = asProposal ? repository.proposal(head) : undefined;
  const commitOid = repository.commit(proposal?.branch ?? branch, files);
  json(response, {
    success: true,
    commitOid,
    commitUrl: `${page}/commit/${commitOid}`,
    hookOutput: '',
    ...(proposal && { pullRequestUrl: `${page}/discussions/${proposal.number}` }),
  });
}
