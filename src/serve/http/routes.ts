import { setMaxListeners } from 'node:events';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { bestScores, type LabelScore } from '../../learning/predict/scores.js';
import { clean } from '../../terminal/line.js';
import type { Metrics } from '../metrics.js';
import type { Cutting, LoadedModel } from '../model/messages.js';
import type { ServerSetting } from '../options.js';
import { CLIENT_GONE, Refusal, tryLater } from '../refusal.js';
import { openApi } from './open-api.js';
import { type HeldBytes, readBody } from './read-body.js';
import { type AskedClips, readClips } from './read-clips.js';

/** What computes. */
export interface Model {
  /** `undefined` while it is loaded. */
  readonly model: LoadedModel | undefined;
  /** Clips that wait or are computed. */
  readonly clips: number;
  logits(bytes: Uint8Array, signal: AbortSignal, cutting?: Cutting): Promise<Float32Array>;
}

export interface Routed {
  setting: ServerSetting;
  model: Model;
  metrics: Metrics;
  held: HeldBytes;
  isStopping(): boolean;
  /** Etude's. */
  version: string;
  warn(text: string): void;
}

type At = Context<{ Bindings: HttpBindings }>;

/** Answers that are about the server, not about one of several clips. */
const ABOUT_ALL = [CLIENT_GONE, 503, 504];

/** The routes of the server, and its answers to everything else. */
export function createRoutes(routed: Routed): Hono<{ Bindings: HttpBindings }> {
  const { metrics, model } = routed;
  const handlers: Record<string, Record<string, (at: At) => Response | Promise<Response>>> = {
    '/': { GET: (at) => about(at, routed), POST: (at) => classify(at, routed) },
    '/classify': { POST: (at) => classify(at, routed) },
    '/health': { GET: (at) => health(at, routed) },
    '/metrics': {
      async GET(at) {
        const { type, body } = await metrics.text();
        return at.body(body, 200, { 'Content-Type': type });
      },
    },
    '/openapi.json': { GET: (at) => at.json(openApi(routed)) },
  };
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (at, next) => {
    const ended = metrics.begin(at.req.path in handlers ? at.req.path : 'other');
    const { outgoing } = at.env;
    outgoing.once('close', () => ended(outgoing.writableFinished ? outgoing.statusCode : CLIENT_GONE));
    await next();
    if (routed.isStopping()) at.header('Connection', 'close');
  });
  for (const [path, methods] of Object.entries(handlers)) {
    for (const [method, handler] of Object.entries(methods)) app.on(method, path, handler);
    const allowed = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method));
    app.all(path, () => {
      throw new Refusal(405, `use ${allowed.join(' or ')}`, { Allow: allowed.join(', ') });
    });
  }
  app.notFound(() => {
    throw new Refusal(404, `there is no such page: expected ${Object.keys(handlers).join(', ')}`);
  });
  app.onError((error, at) => {
    if (error instanceof Refusal)
      return at.json({ error: clean(error.message) }, error.status as ContentfulStatusCode, {
        ...error.headers,
      });
    routed.warn(`this is a bug in Etude: ${error.stack ?? error.message}`);
    return at.json({ error: 'internal error' }, 500);
  });
  return app;

  function about(at: At, { version }: Routed): Response {
    const { labels, samplingRate } = loaded(model);
    return at.json({
      service: `Etude ${version}: audio classification`,
      labels,
      sampling_rate: samplingRate,
      routes: Object.entries(handlers).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${path}`),
      ),
    });
  }
}

function health(at: At, { model, isStopping }: Routed): Response {
  const status = isStopping() ? 'stopping' : model.model === undefined ? 'loading' : 'ready';
  return at.json({ status }, status === 'ready' ? 200 : 503);
}

function loaded({ model }: Model): LoadedModel {
  if (model === undefined) throw tryLater('the model is being loaded');
  return model;
}

async function classify(at: At, routed: Routed): Promise<Response> {
  const { incoming, outgoing } = at.env;
  const { timeout, maxBodySize, maxFiles } = routed.setting;
  const controller = new AbortController();
  const { signal } = controller;
  // One for each clip.
  setMaxListeners(0, signal);
  let isReceived = false;
  const late = () =>
    isReceived
      ? new Refusal(504, `not computed within ${timeout} s`, { 'Retry-After': '1' })
      : new Refusal(408, `the body did not arrive within ${timeout} s`, { Connection: 'close' });
  const timer = setTimeout(() => controller.abort(late()), timeout * 1000);
  outgoing.once('close', () => controller.abort(new Refusal(CLIENT_GONE, 'the client has gone')));
  let held = 0;
  try {
    if (routed.isStopping()) throw tryLater('the server is stopping');
    const model = loaded(routed.model);
    refuseIfBusy(routed, 1);
    const body = await readBody(incoming, { maxBodySize, held: routed.held, signal });
    held = body.length;
    isReceived = true;
    const query = new URL(at.req.url).searchParams;
    const asked = await readClips(body, at.req.header('Content-Type') ?? '', query, maxFiles);
    refuseIfBusy(routed, asked.clips.length);
    const cutting = cuttingOf(asked, model);
    const results = await Promise.allSettled(
      asked.clips.map((bytes) => routed.model.logits(bytes, signal, cutting)),
    );
    return at.json(answerOf(results, asked, model));
  } finally {
    clearTimeout(timer);
    routed.held.release(held);
  }
}

function cuttingOf(
  { window_length, hop_length, aggregate = 'mean_logits', function_to_apply }: AskedClips,
  { activation }: LoadedModel,
): Cutting | undefined {
  if (window_length === undefined) return undefined;
  return { window_length, hop_length, aggregate, activation: function_to_apply ?? activation };
}

function refuseIfBusy({ model, setting }: Routed, clips: number): void {
  if (model.clips + clips > setting.maxQueue) throw tryLater('too many clips are waiting');
}

type Answer = LabelScore[] | { error: string };

/** The scores of a clip, or of each of a batch, where those that failed have their error in their place. */
function answerOf(
  results: readonly PromiseSettledResult<Float32Array>[],
  { isBatch, top_k, function_to_apply }: AskedClips,
  { labels, activation }: LoadedModel,
): Answer | Answer[] {
  const failures: Refusal[] = [];
  const answers = results.map((result): Answer => {
    if (result.status === 'fulfilled')
      return bestScores(result.value, labels, function_to_apply ?? activation, top_k);
    const { reason } = result;
    if (!isBatch || !(reason instanceof Refusal) || ABOUT_ALL.includes(reason.status)) throw reason;
    failures.push(reason);
    return { error: clean(reason.message) };
  });
  if (!isBatch) return answers[0]!;
  if (failures.length < answers.length) return answers;
  const [first] = failures as [Refusal];
  const isSame = failures.every(({ status }) => status === first.status);
  const texts = failures.map(({ message }, index) => `file ${index + 1}: ${message}`);
  throw new Refusal(isSame ? first.status : 422, texts.join('; '));
}
