import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { EtudeError } from '../../../util/errors.js';
import { sha256 } from '../../../util/sha256.js';
import type { Upload } from '../types.js';
import type { S3Access } from './client.js';
import { isConflict, isPresent, isTransient, isUnknownHeader, isUnknownUpload } from './errors.js';

const MB = 1 << 20;
const ATTEMPTS = 3;

/** Sizes in bytes that decide how something is sent. */
export interface UploadSizes {
  /** Up to this size it is read into memory, and may be sent again by the SDK. */
  whole: number;
  /** From this size on it is sent in parts. */
  parts: number;
  /**
   * Of each part except the last: the minimum of S3, because each must be sent within the patience of a push.
   */
  part: number;
}

export const SIZES: UploadSizes = { whole: MB, parts: 64 * MB, part: 5 * MB };

/** Where and how something is stored. */
export interface UploadTarget extends S3Access {
  bucket: string;
  key: string;
  /** SHA-256 of what is sent, if known. */
  digest?: string;
  /** Nothing may exist, or only what has this tag; without a condition, an existing object is replaced. */
  condition: { IfNoneMatch?: '*'; IfMatch?: string };
  /** Whether the store gets checksums besides the one in every signed request. */
  hasChecksums: boolean;
  sizes: UploadSizes;
  /** The size of an existing object, requested if an upload broke off without an answer. */
  find?(): Promise<number | undefined>;
}

/**
 * Stores something completely. The store gets its SHA-256, or that of each part, before accepting it, and
 * makes nothing visible before all of it has arrived.
 *
 * @returns `present` if the condition is not met
 */
export async function upload(
  target: UploadTarget,
  file: Upload,
  signal: AbortSignal,
): Promise<'stored' | 'present'> {
  const send = file.size < target.sizes.parts || target.digest === undefined ? sendWhole : sendParts;
  for (let attempt = 1; ; attempt++) {
    try {
      await send(target, file, signal);
      return 'stored';
    } catch (error) {
      if (isPresent(error)) return 'present';
      signal.throwIfAborted();
      // A store may refuse, or have finished, what was still being sent, and cut the connection before its
      // answer is read.
      if ((isTransient(error) || isUnknownUpload(error)) && (await target.find?.()) === file.size)
        return 'present';
      // What was read into memory, and parts, have already been retried by the SDK.
      const isStream = send === sendWhole && file.size > target.sizes.whole;
      if (attempt === ATTEMPTS || !(isConflict(error) || (isStream && isTransient(error)))) throw error;
      await sleep(200 * 2 ** attempt * Math.random(), undefined, { signal });
    }
  }
}

async function sendWhole(target: UploadTarget, file: Upload, signal: AbortSignal): Promise<void> {
  const { sdk, client, bucket, key, condition } = target;
  const isShort = file.size <= target.sizes.whole || target.digest === undefined;
  const body = isShort ? await readWhole(file) : Readable.from(file.pieces());
  const digest = body instanceof Readable ? target.digest! : (target.digest ?? sha256(body));
  const command = new sdk.PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: file.size,
    ...checksum(target, digest),
    ...condition,
  });
  // Part of what is signed, so that stores that support no other checksum compare it, too.
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = digest;
      return next(args);
    },
    { step: 'build', name: 'etudeContentDigest' },
  );
  try {
    await client.send(command, { abortSignal: signal });
  } finally {
    if (body instanceof Readable) body.destroy();
  }
}

async function sendParts(target: UploadTarget, file: Upload, signal: AbortSignal): Promise<void> {
  const { sdk, client, bucket, key, condition, hasChecksums } = target;
  const place = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ ...place, ...(hasChecksums && { ChecksumAlgorithm: 'SHA256' }) }),
    { abortSignal: signal },
  );
  try {
    const Parts: CompletedPart[] = [];
    const hash = createHash('sha256');
    for await (const bytes of partsOf(file, target.sizes.part)) {
      const PartNumber = Parts.length + 1;
      hash.update(bytes);
      const sum = checksum(target, sha256(bytes));
      const command = new sdk.UploadPartCommand({ ...place, UploadId, PartNumber, Body: bytes, ...sum });
      const { ETag } = await client.send(command, { abortSignal: signal });
      Parts.push({ PartNumber, ETag, ...sum });
    }
    // The store compares the parts; only we know the whole.
    if (hash.digest('hex') !== target.digest) throw new EtudeError('a file changed while it was pushed');
    const whole = { ...place, UploadId, MultipartUpload: { Parts } };
    const complete = (more: UploadTarget['condition']) =>
      client.send(new sdk.CompleteMultipartUploadCommand({ ...whole, ...more }), { abortSignal: signal });
    await complete(condition).catch((error: unknown) => {
      // Some stores support conditions only for single-part uploads. Equal bytes have equal keys: nothing is
      // lost.
      if (!isUnknownHeader(error)) throw error;
      return complete({});
    });
  } catch (error) {
    // Parts are invisible, but cost money. An abort need not wait for this for long.
    const abort = new sdk.AbortMultipartUploadCommand({ ...place, UploadId });
    await client.send(abort, { abortSignal: AbortSignal.timeout(5000) }).catch(() => undefined);
    throw error;
  }
}

function checksum({ hasChecksums }: UploadTarget, digest: string): { ChecksumSHA256?: string } {
  return hasChecksums ? { ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64') } : {};
}

async function readWhole(file: Upload): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A file in parts of equal size, of which there may be 10,000. */
async function* partsOf(file: Upload, least: number): AsyncGenerator<Buffer> {
  const size = Math.max(least, Math.ceil(file.size / 10_000));
  let part = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const piece of file.pieces()) {
    for (let from = 0; from < piece.byteLength; ) {
      const bytes = piece.subarray(from, from + size - filled);
      part.set(bytes, filled);
      filled += bytes.byteLength;
      from += bytes.byteLength;
      if (filled < size) continue;
      yield part;
      part = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
