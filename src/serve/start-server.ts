import { getRequestListener } from '@hono/node-server';
import { isLoopback, listen, urlOf } from './http/listen.js';
import { HeldBytes } from './http/read-body.js';
import { createRoutes } from './http/routes.js';
import { Metrics } from './metrics.js';
import type { LoadedModel, ModelTask } from './model/messages.js';
import { ModelProcess } from './model/model-process.js';
import { type ServerOptions, serverSetting } from './options.js';

/** A server that is running. */
export interface RunningServer {
  /** Where it can be reached, as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Class names in the order of the logits. */
  readonly labels: readonly string[];
  /**
   * Stops: accepts nothing more, answers the requests that it has, and ends the process of the model.
   *
   * @param options `now`: ends the connections at once. May be called while it stops.
   */
  close(options?: { now?: boolean }): Promise<void>;
}

export interface Surroundings {
  /** Etude's. */
  version: string;
  warn(text: string): void;
}

/**
 * Serves a model over HTTP. Requests are refused until it is loaded.
 *
 * @throws EtudeError if the model cannot be loaded, or the address is in use
 */
export async function startServer(
  task: Pick<ModelTask, 'files' | 'name' | 'engine'>,
  options: ServerOptions,
  { version, warn }: Surroundings,
): Promise<RunningServer> {
  const setting = serverSetting(options);
  const { batchSize, batchDelay, maxDuration, timeout } = setting;
  let isStopping = false;
  const model = new ModelProcess(
    { ...task, batchSize, batchDelay, maxDuration },
    { onBatch: (batch) => metrics.batch(batch), onRestart: () => metrics.restart(), warn },
    2000 * timeout,
  );
  const metrics = new Metrics({ isReady: () => model.model !== undefined, clips: () => model.clips });
  const held = new HeldBytes(setting.maxBodySize);
  const routes = createRoutes({ setting, model, metrics, held, isStopping: () => isStopping, version, warn });
  const handle = getRequestListener(routes.fetch as Parameters<typeof getRequestListener>[0], {
    hostname: 'localhost',
    overrideGlobalObjects: false,
    // What is not a request that the routes can be given: its address or host is malformed.
    errorHandler() {
      metrics.begin('other')(400);
      return Response.json({ error: 'bad request' }, { status: 400 });
    },
  });
  const server = await listen(handle, setting, (status) => metrics.begin('other')(status)).catch(
    async (error: unknown) => {
      await model.close();
      throw error;
    },
  );
  const ended = new Promise<void>((resolve) => server.once('close', resolve));
  server.on('request', (_, outgoing) =>
    outgoing.once('close', () => isStopping && setImmediate(() => server.closeIdleConnections())),
  );

  let closing: Promise<void> | undefined;
  const close = async ({ now = false } = {}) => {
    if (now) server.closeAllConnections();
    closing ??= (async () => {
      isStopping = true;
      server.close();
      server.closeIdleConnections();
      // All requests end in time by themselves; nothing else keeps a server from ending.
      const deadline = setTimeout(() => server.closeAllConnections(), 1000 * timeout + 1000);
      await ended;
      clearTimeout(deadline);
      await model.close();
      metrics.close();
    })();
    await closing;
  };

  let loaded: LoadedModel;
  try {
    loaded = await model.load();
  } catch (error) {
    await close({ now: true });
    throw error;
  }
  const url = urlOf(server);
  if (!isLoopback(server))
    warn(`listens on ${url}: whoever can reach this machine can use the model, without a password`);
  return { url, labels: loaded.labels, close };
}
