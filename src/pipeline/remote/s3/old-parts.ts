import type { S3Address } from './address.js';
import type { S3Access } from './client.js';

const DAY = 24 * 3_600_000;

/**
 * Removes the parts of uploads that were killed long ago: they are invisible, but cost money. Does so
 * silently without permission to list them.
 */
export async function removeOldParts(
  { sdk, client }: S3Access,
  { bucket, prefix }: S3Address,
  signal: AbortSignal,
): Promise<void> {
  const list = new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: `${prefix}objects/` });
  const { Uploads = [] } = await client.send(list, { abortSignal: signal }).catch(() => ({ Uploads: [] }));
  for (const { Key, UploadId, Initiated } of Uploads) {
    if (Initiated === undefined || Date.now() - Initiated.getTime() < DAY) continue;
    const abort = new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId });
    await client.send(abort, { abortSignal: signal }).catch(() => undefined);
  }
  signal.throwIfAborted();
}
