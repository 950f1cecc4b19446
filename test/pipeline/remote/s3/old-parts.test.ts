import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import { removeOldParts } from '../../../../src/pipeline/remote/s3/old-parts.js';

const HOUR = 3_600_000;
const { signal } = new AbortController();

/** A client that lists two uploads, and records what it is asked. */
function clientWith(list: () => unknown) {
  const asked: { name: string; input: unknown }[] = [];
  const client = {
    async send(command: { constructor: { name: string }; input: unknown }) {
      asked.push({ name: command.constructor.name, input: command.input });
      return asked.length === 1 ? list() : {};
    },
  } as unknown as sdk.S3Client;
  return { asked, access: { sdk, client, region: 'us-east-1', isAnonymous: false } };
}

test('parts of uploads that began more than a day ago are removed, and no others', async () => {
  const upload = (name: string, hours: number) => ({
    Key: `team/objects/${name}`,
    UploadId: name,
    Initiated: new Date(Date.now() - hours * HOUR),
  });
  const { asked, access } = clientWith(() => ({ Uploads: [upload('old', 25), upload('new', 23)] }));
  await removeOldParts(access, { bucket: 'bucket', prefix: 'team/' }, signal);
  assert.deepEqual(asked, [
    { name: 'ListMultipartUploadsCommand', input: { Bucket: 'bucket', Prefix: 'team/objects/' } },
    {
      name: 'AbortMultipartUploadCommand',
      input: { Bucket: 'bucket', Key: 'team/objects/old', UploadId: 'old' },
    },
  ]);
});

test('a user who may not list uploads can still push', async () => {
  const { asked, access } = clientWith(() => {
    throw new Error('AccessDenied');
  });
  await removeOldParts(access, { bucket: 'bucket', prefix: '' }, signal);
  assert.equal(asked.length, 1);
});
