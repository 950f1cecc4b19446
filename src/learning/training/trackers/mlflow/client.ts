import type { MLflowSettings } from './settings.js';

/** How long a request may take. */
const TIMEOUT_MS = 30_000;

/** An answer that is an error, or none at all. Its message names neither addresses nor credentials. */
export class MLflowError extends Error {
  /** `undefined` if there was no answer. */
  readonly status: number | undefined;
  /** MLflow's code: `RESOURCE_DOES_NOT_EXIST`. */
  readonly code: string | undefined;

  constructor(message: string, status?: number, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === undefined || this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** MLflow's REST interface, version 2.0, which servers of MLflow 1 to 3 have. */
export class MLflowClient {
  readonly #settings: MLflowSettings;
  readonly #signal: AbortSignal;

  /** @param signal Ends what is under way. */
  constructor(settings: MLflowSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  get(call: string, query: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    return this.#send(`${call}?${new URLSearchParams(query)}`, { method: 'GET' });
  }

  post(call: string, body: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return this.#send(call, { method: 'POST', body: JSON.stringify(body) });
  }

  async #send(call: string, request: RequestInit): Promise<Record<string, unknown>> {
    const { url, authorization } = this.#settings;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${url}/api/2.0/mlflow/${call}`, {
        ...request,
        headers: {
          'content-type': 'application/json',
          'user-agent': `etude; node/${process.versions.node}`,
          ...(authorization !== undefined && { authorization }),
        },
        // What is sent, and the credentials, are for this server.
        redirect: 'manual',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new MLflowError(reasonOf(error));
    }
    const answer = objectOf(text);
    if (status >= 200 && status < 300 && answer !== undefined) return answer;
    const code = String(answer?.error_code ?? '');
    const known = /^[A-Z_]{1,60}$/.test(code) ? code : undefined;
    if (status < 300) throw new MLflowError('what answers is not MLflow', 400);
    throw new MLflowError(`HTTP ${status}${known === undefined ? '' : ` ${known}`}`, status, known);
  }
}

/** Not the message, which may quote the address or a header. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } };
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time';
  const code = cause?.code;
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : 'no usable answer';
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
