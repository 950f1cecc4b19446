import { EtudeError } from '../../../util/errors.js';
import { RemoteRefused } from '../refused.js';

/** What is known about a failed call: the SDK has no common type for it. */
interface Failure {
  name: string;
  /** Of the system: ECONNREFUSED and similar. */
  code?: string;
  status?: number;
  region?: string;
}

const NETWORK =
  /^(E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|PROTO)|(ERR_(TLS|SSL)|CERT|DEPTH|SELF|UNABLE)_\w+)$/;
const CREDENTIALS =
  /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|TokenRefreshRequired|ExpiredToken|InvalidClientTokenId|AccountProblem|NotSignedUp)$/;
const REGION =
  /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;

/** Why a call to S3 failed, as far as known. */
export function failureOf(error: unknown): Failure {
  const { name, code, $metadata, $response, Region } = error as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
    Region?: unknown;
  };
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return {
    name: word(name) ?? 'Error',
    code: word(code),
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    region: typeof region === 'string' && /^[\w-]{1,40}$/.test(region) ? region : undefined,
  };
}

/** The region that a refusal names as the right one. */
export function rightRegion(error: unknown): string | undefined {
  const { name, status, region } = failureOf(error);
  return status === 301 || status === 307 || REGION.test(name) ? region : undefined;
}

/** True if there is nothing under a key, or the caller has no permission to know. */
export function isAbsent(error: unknown): boolean {
  const { name, status } = failureOf(error);
  if (status === 404) return name === 'NoSuchKey' || name === 'NotFound';
  // Without permission to list, a missing object is refused, too. An answer to HEAD says no more than 403.
  return status === 403 && /^(AccessDenied|Forbidden|403|Error|Unknown\w*)$/.test(name);
}

/** True if a condition prevented storing because an object exists. */
export function isPresent(error: unknown): boolean {
  return failureOf(error).status === 412;
}

/** True if a store does not support a header that was sent. */
export function isUnknownHeader(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return status === 501 || /^(NotImplemented|InvalidArgument|InvalidRequest|UnsupportedHeader)$/.test(name);
}

/** True if a multipart upload no longer exists: it has finished, or was aborted. */
export function isUnknownUpload(error: unknown): boolean {
  return failureOf(error).name === 'NoSuchUpload';
}

/** True if two writers collided, and the same call may succeed. */
export function isConflict(error: unknown): boolean {
  return /^(ConditionalRequestConflict|OperationAborted)$/.test(failureOf(error).name);
}

/** True if the same call may succeed a little later. */
export function isTransient(error: unknown): boolean {
  const { name, code = '', status = 0 } = failureOf(error);
  return (
    status >= 500 || status === 429 || NETWORK.test(code) || /^(TimeoutError|RequestTimeout)$/.test(name)
  );
}

/**
 * A failed call as a person should read it: what went wrong, the status and the code. The rest of the store's
 * answer is left out, because it may repeat what was sent. Errors that have nothing to do with the store are
 * returned unchanged.
 */
export function s3Problem(error: unknown, place: string, isAnonymous = false): unknown {
  if (error instanceof EtudeError || !(error instanceof Error)) return error;
  const { name, code, status, region } = failureOf(error);
  const [what, hint] = describe(error, { name, code, status, region }, isAnonymous);
  if (what === undefined) return error;
  // An answer that broke off has a status, too, which is useless.
  const parts = code === undefined ? [status, name === 'Error' ? undefined : name] : [code];
  const codes = parts.filter((part) => part !== undefined);
  const detail = codes.length > 0 ? ` (${codes.join(' ')})` : '';
  const Kind = isTransient(error) || (status ?? 0) < 400 ? EtudeError : RemoteRefused;
  return new Kind(`the remote cache cannot be used: ${what}${detail}`, {
    where: { file: place },
    hint,
  });
}

function describe(
  error: Error,
  { name, code = '', status, region }: Failure,
  isAnonymous: boolean,
): [what?: string, hint?: string] {
  if (NETWORK.test(code) || name === 'TimeoutError')
    return ['it cannot be reached', 'Check AWS_ENDPOINT_URL and the network.'];
  if (name === 'NoSuchBucket')
    return ['no such bucket', 'etude push does not create buckets: create it first, or fix the name.'];
  if (CREDENTIALS.test(name))
    return ['the credentials were rejected', 'Renew them, or use others with AWS_PROFILE.'];
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name))
    return ['the credentials are unavailable', hintOn(error.message)];
  if (name === 'RequestTimeTooSkewed')
    return ['the clock of this machine is wrong', 'Set it, and try again.'];
  if (status === 301 || status === 307 || REGION.test(name))
    return ['the bucket is in another region', `Set AWS_REGION${region === undefined ? '' : `=${region}`}.`];
  if (status === 401 || status === 403) {
    const hint = isAnonymous
      ? 'No credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
      : 'Reading needs s3:GetObject and s3:ListBucket; push also needs s3:PutObject.';
    return ['access denied', hint];
  }
  if (/^(BadDigest|InvalidDigest|XAmzContent\w*Mismatch|IncompleteBody)$/.test(name))
    return ['it received other bytes than were sent', 'Push again.'];
  if (status !== undefined && status >= 400) return ['it answered with an error'];
  if (status !== undefined || '$response' in error)
    return ['its response is not an S3 response', 'Check AWS_ENDPOINT_URL.'];
  return [];
}

function word(text: unknown): string | undefined {
  return typeof text === 'string' && /^\w{1,60}$/.test(text) ? text : undefined;
}

/**
 * The SDK's words on credentials; those of a program that supplies them may contain them, and are left out.
 */
function hintOn(message: string): string {
  if (/^Command failed/.test(message)) return 'The credential_process of the profile failed.';
  if (/from any providers/.test(message)) return 'The profile in AWS_PROFILE provides none.';
  return message.split('\n', 1)[0]!.slice(0, 200);
}
