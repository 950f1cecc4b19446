import { EtudeError } from '../../../util/errors.js';

/** A location in a bucket. */
export interface S3Address {
  bucket: string;
  /** The prefix of every key: empty, or with a trailing slash. */
  prefix: string;
}

/**
 * `s3://bucket/prefix`, as people write it. Throws an EtudeError for anything else, without anything that
 * might be a secret.
 */
export function parseS3Address(text: string): S3Address {
  const problem = (hint: string) =>
    new EtudeError('not an address of a remote cache', { expected: 's3://bucket/prefix', hint });
  // Anything with one of these is not shown: some programs accept `s3://key:secret@bucket`.
  if (/[@:]/.test(text.slice('s3:'.length))) {
    throw problem(
      'Credentials do not belong in the address: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    );
  }
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{1,62}$/i.test(bucket)) {
    throw problem('A bucket name has 3 to 63 letters, digits, dots and dashes.');
  }
  const parts = path.replace(/\/+$/, '').split('/');
  // Keys that some stores and tools change: no two may mean the same location.
  if (/[?#%\\\p{Cc}]/u.test(path) || (parts.length > 1 && parts.some((part) => /^\.{0,2}$/.test(part)))) {
    throw problem('A prefix is names separated by single slashes, without ? # % and \\.');
  }
  const prefix = parts.join('/');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
