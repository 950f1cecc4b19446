import { resolve } from 'node:path';
import { EtudeError } from '../../util/errors.js';
import { FolderRemote } from './folder-remote.js';
import { HubRemote } from './hub/remote.js';
import { REMOTE_KINDS } from './kinds.js';
import { needPackage } from './need-package.js';
import { parseS3Address } from './s3/address.js';
import { S3Remote } from './s3/remote.js';
import type { Remote } from './types.js';

/**
 * The remote cache that the user names. Nothing is accessed yet. Throws an EtudeError for an unknown kind, or
 * one that needs a package that is not installed.
 */
export function openRemote(name: string): Remote {
  if (/^s3:/i.test(name)) {
    const address = parseS3Address(name);
    needPackage('@aws-sdk/client-s3@3', 's3://…');
    return new S3Remote(address);
  }
  if (/^hf:/i.test(name)) return new HubRemote(name);
  if (/^[a-z][a-z0-9+.-]+:/i.test(name)) {
    throw new EtudeError('not a remote cache that Etude supports', {
      expected: REMOTE_KINDS,
      // A secret may contain a slash.
      got: name.replace(/\/\/.*@/s, '//…@'),
    });
  }
  return new FolderRemote(resolve(name), name);
}
