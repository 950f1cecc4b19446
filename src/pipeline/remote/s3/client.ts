import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { failureOf } from './errors.js';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What calls to S3 are made with. */
export interface S3Access {
  sdk: Sdk;
  client: S3Client;
  region: string;
  /** No credentials were found: only public data can be read. */
  isAnonymous: boolean;
}

/** Used if nothing names a region: stores other than AWS accept it, and AWS answers with the right one. */
const USUAL_REGION = 'us-east-1';

/**
 * A client that finds credentials, region and endpoint where AWS's own tools do: environment variables,
 * profiles, single sign-on, roles. Without any credentials its requests are not signed, which public buckets
 * accept.
 */
export async function openS3(region?: string): Promise<S3Access> {
  // This version is pinned, and works with the Node that runs it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const found = new sdk.S3Client({ logger: silent });
  const isElsewhere = (await endpointOf(found)) !== undefined;
  const chosen = region ?? (await found.config.region().catch(() => USUAL_REGION));
  const isAnonymous = await lacksCredentials(found);
  const config: S3ClientConfig = {
    region: chosen,
    logger: silent,
    // A bucket in the host name only works on AWS, whose DNS and certificates support it.
    forcePathStyle: isElsewhere,
    // Uploads include their SHA-256; support for newer checksums varies between stores other than AWS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // Three of these still fit into the patience with a remote, so that the reason is reported.
    requestHandler: { connectionTimeout: 3500 },
    ...(isAnonymous && unsigned),
  };
  return { sdk, client: new sdk.S3Client(config), region: chosen, isAnonymous };
}

/** The endpoint that an environment variable or a profile names. */
async function endpointOf({ config }: S3Client): Promise<string | undefined> {
  const { serviceConfiguredEndpoint: find } = config as {
    serviceConfiguredEndpoint?: () => Promise<string | undefined>;
  };
  return find?.();
}

/**
 * True if there are no credentials at all. Those that were chosen by name and are unavailable are a separate
 * failure.
 */
async function lacksCredentials({ config }: S3Client): Promise<boolean> {
  const { AWS_PROFILE: profile } = process.env;
  return config.credentials().then(
    () => false,
    (error: unknown) => {
      const { tryNextLink } = error as { tryNextLink?: boolean };
      const isAbsence = /Could not load credentials from any providers/.test((error as Error).message);
      if (failureOf(error).name === 'CredentialsProviderError' && (isAbsence || tryNextLink) && !profile)
        return true;
      throw error;
    },
  );
}

const unsigned: Pick<S3ClientConfig, 'credentials' | 'signer'> = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => request },
};

/** The SDK's log would report every request, and its warnings would disturb the display of a run. */
const silent = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
};
