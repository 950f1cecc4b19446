import { isTag } from './limits.js';

/** Where and how MLflow is reached, from the environment variables that MLflow and transformers read. */
export interface MLflowSettings {
  /** Of the server, without credentials and without a slash at the end. */
  url: string;
  /** How messages name the server. */
  host: string;
  /** Value of the header `authorization`. */
  authorization?: string;
  /** The id of a run that exists and is to be continued. Default: a new one. */
  runId?: string;
  /** Name of the experiment. Default: MLflow's own. */
  experiment?: string;
  tags: Readonly<Record<string, string>>;
}

/** `MLFLOW_TRACKING_URI` and the others; a sentence, which contains none of them, if they are of no use. */
export function mlflowSettings(env: Readonly<Record<string, string | undefined>>): MLflowSettings | string {
  const uri = env.MLFLOW_TRACKING_URI ?? '';
  if (uri === '') return 'MLFLOW_TRACKING_URI is not set';
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return 'MLFLOW_TRACKING_URI is not the address of a server (http:// or https://)';
  const tags = tagsOf(env.MLFLOW_TAGS);
  if (tags === undefined) return 'MLFLOW_TAGS is not a JSON object of tags';
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    host: url.host,
    authorization: authorizationOf(url, env),
    runId: env.MLFLOW_RUN_ID || undefined,
    experiment: env.MLFLOW_EXPERIMENT_NAME || undefined,
    tags,
  };
}

/** As MLflow's own client: a user and password, otherwise a token. */
function authorizationOf(url: URL, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN } = env;
  const [user, password] =
    MLFLOW_TRACKING_USERNAME && MLFLOW_TRACKING_PASSWORD
      ? [MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD]
      : [decoded(url.username), decoded(url.password)];
  if (user !== '') return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return MLFLOW_TRACKING_TOKEN ? `Bearer ${MLFLOW_TRACKING_TOKEN}` : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function tagsOf(text: string | undefined): Record<string, string> | undefined {
  if (!text) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([key, tag]): [string, string] => [key, String(tag)]);
    return entries.every(isTag) ? Object.fromEntries(entries) : undefined;
  } catch {
    return undefined;
  }
}
