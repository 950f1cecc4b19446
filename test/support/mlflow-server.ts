import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Body = Record<string, unknown>;

/** A run as the server has it. */
export interface StoredRun {
  name: string;
  experiment: string;
  status: string;
  tags: Record<string, string>;
  params: Record<string, string>;
  /** `loss@3`: the values that were logged. */
  metrics: Record<string, number[]>;
}

/** What the tracker uses of an MLflow server's REST interface, with faults. */
export class MLflowServer {
  readonly runs = new Map<string, StoredRun>();
  readonly experiments = new Map([['Default', '0']]);
  /** Calls and their `authorization`. */
  readonly seen: { call: string; authorization?: string }[] = [];
  /** Answered instead, or never (`hang`), at most `times` times. */
  fault: { call?: string; status?: number; text?: string; hang?: boolean; times?: number } | undefined;
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://x');
      const call = url.pathname.replace('/base/api/2.0/mlflow/', '');
      this.seen.push({ call, authorization: request.headers.authorization });
      const body =
        request.method === 'GET'
          ? Object.fromEntries(url.searchParams)
          : JSON.parse(`${Buffer.concat(parts)}`);
      const { fault } = this;
      if (fault !== undefined && (fault.call ?? call) === call && (fault.times ?? 1) > 0) {
        if (fault.times !== undefined) fault.times -= 1;
        if (!fault.hang) response.writeHead(fault.status ?? 500).end(fault.text ?? '');
        return;
      }
      const answer = this.#answer(`${request.method} ${call}`, body as Body);
      const status = 'error_code' in answer ? 404 : 200;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/base/`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(call: string, body: Body): Body {
    const run = this.runs.get(String(body.run_id));
    switch (call) {
      case 'GET experiments/get-by-name': {
        const id = this.experiments.get(String(body.experiment_name));
        return id === undefined
          ? { error_code: 'RESOURCE_DOES_NOT_EXIST' }
          : { experiment: { experiment_id: id } };
      }
      case 'POST experiments/create': {
        const id = String(this.experiments.size);
        this.experiments.set(String(body.name), id);
        return { experiment_id: id };
      }
      case 'POST runs/create': {
        const id = `run${this.runs.size}`;
        const tags = Object.fromEntries((body.tags as Body[]).map(({ key, value }) => [key, value]));
        const { run_name: name, experiment_id: experiment } = body as Record<string, string>;
        const stored = {
          name: name!,
          experiment: experiment!,
          status: 'RUNNING',
          tags,
          params: {},
          metrics: {},
        };
        this.runs.set(id, stored as StoredRun);
        return { run: { info: { run_id: id } } };
      }
      case 'GET runs/get':
        if (run === undefined) break;
        return {
          run: { data: { params: Object.entries(run.params).map(([key, value]) => ({ key, value })) } },
        };
      case 'POST runs/update':
        if (run !== undefined) run.status = String(body.status);
        break;
      case 'POST runs/log-batch':
        for (const { key, value } of (body.params as Body[] | undefined) ?? [])
          run!.params[String(key)] = String(value);
        for (const { key, value, step } of (body.metrics as Body[] | undefined) ?? []) {
          const name = `${String(key)}@${String(step)}`;
          run!.metrics[name] = [...(run!.metrics[name] ?? []), Number(value)];
        }
        break;
      default:
        return { error_code: 'ENDPOINT_NOT_FOUND' };
    }
    return run === undefined ? { error_code: 'RESOURCE_DOES_NOT_EXIST' } : {};
  }
}
