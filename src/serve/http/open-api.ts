import { SHORTEST_WINDOW } from '../../learning/audio/clip-windows.js';
import type { ServerSetting } from '../options.js';
import { AGGREGATES, DEFAULT_TOP_K, FUNCTIONS } from './question.js';

const SCORES = {
  description: 'The classes, the most probable first.',
  type: 'array',
  items: {
    type: 'object',
    properties: { label: { type: 'string' }, score: { type: 'number' } },
    required: ['label', 'score'],
    additionalProperties: false,
  },
};
const ERROR = {
  type: 'object',
  properties: { error: { type: 'string' } },
  required: ['error'],
  additionalProperties: false,
};
const TOP_K = { description: 'The most classes.', type: 'integer', minimum: 1, default: DEFAULT_TOP_K };
const FUNCTION = {
  description: 'How logits become scores. Default: what the model was trained for.',
  type: 'string',
  enum: FUNCTIONS,
};
const SECONDS = { type: 'number', minimum: SHORTEST_WINDOW };
/** By name. */
const QUESTION = {
  top_k: TOP_K,
  function_to_apply: FUNCTION,
  window_length: {
    description: 'Cuts clips into windows of so many seconds. Default: not at all.',
    ...SECONDS,
  },
  hop_length: {
    description: 'Seconds from the start of a window to that of the next. Default: window_length.',
    ...SECONDS,
  },
  aggregate: {
    description: 'How the windows of a clip become one answer.',
    type: 'string',
    enum: AGGREGATES,
    default: AGGREGATES[0],
  },
};
const FILE = { type: 'string', format: 'binary' };
const INPUT = { description: 'An audio file in base64.', type: 'string' };

/** Refusals of `POST /classify`. */
const REFUSALS: Record<string, string> = {
  400: 'The request is damaged, or has unknown parameters.',
  408: 'The body did not arrive in time.',
  413: 'The body or a clip is too long, or there are too many files or windows.',
  415: 'Not audio, or a kind of file that is not supported.',
  422: 'The audio is damaged, encoded in a way that is not supported, or too short for the model.',
  500: 'The model could not be computed.',
  503: 'The model is being loaded, too many clips are waiting, or the server is stopping.',
  504: 'The answer was not computed in time.',
};
const RETRY = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
};

/** The server's interface, in OpenAPI 3.1. */
export function openApi({ setting, version }: { setting: ServerSetting; version: string }): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Etude: audio classification', version },
    paths: {
      '/classify': { post: classify('classify', setting) },
      '/': {
        get: {
          operationId: 'about',
          summary: 'What is served.',
          responses: {
            200: json('The labels, and the routes.', {
              type: 'object',
              properties: {
                service: { type: 'string' },
                labels: { type: 'array', items: { type: 'string' } },
                sampling_rate: { description: 'Of the model, in Hz.', type: 'integer' },
                routes: { type: 'array', items: { type: 'string' } },
              },
              required: ['service', 'labels', 'sampling_rate', 'routes'],
              additionalProperties: false,
            }),
            503: json('The model is being loaded.', ERROR, RETRY),
          },
        },
        post: classify('classifyAtRoot', setting),
      },
      '/health': {
        get: {
          operationId: 'health',
          summary: 'Whether clips can be classified now.',
          responses: {
            200: json('They can.', status(['ready'])),
            503: json('Not now.', status(['loading', 'stopping'])),
          },
        },
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Counters for Prometheus.',
          responses: {
            200: { description: 'Text.', content: { 'text/plain': { schema: { type: 'string' } } } },
          },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openApi',
          summary: 'This document.',
          responses: { 200: json('OpenAPI.', { type: 'object' }) },
        },
      },
    },
  };
}

function classify(operationId: string, { maxBodySize, maxDuration, maxFiles }: ServerSetting): object {
  return {
    operationId,
    summary: 'Classifies audio: WAV, FLAC, MP3, Ogg Vorbis or Opus, recognised by its content.',
    description: `At most ${maxBodySize} bytes, ${maxFiles} files, and ${maxDuration} s each.`,
    parameters: Object.entries(QUESTION).map(([name, schema]) => ({ name, in: 'query', schema })),
    requestBody: {
      required: true,
      content: {
        'audio/*': { schema: FILE },
        'application/octet-stream': { schema: FILE },
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: {
              files: {
                description: 'At least one; parts of other names that are files are taken, too.',
                type: 'array',
                items: FILE,
                minItems: 1,
                maxItems: maxFiles,
              },
              ...QUESTION,
            },
            additionalProperties: FILE,
          },
        },
        'application/json': {
          schema: {
            type: 'object',
            properties: {
              inputs: { anyOf: [INPUT, { type: 'array', items: INPUT, minItems: 1, maxItems: maxFiles }] },
              parameters: {
                type: 'object',
                properties: QUESTION,
                additionalProperties: false,
              },
            },
            required: ['inputs'],
          },
        },
      },
    },
    responses: {
      200: json('Scores; of several files (multipart, or a list of inputs), a list with those of each.', {
        anyOf: [SCORES, { type: 'array', items: { anyOf: [SCORES, ERROR] }, maxItems: maxFiles }],
      }),
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([code, text]) => [
          code,
          json(text, ERROR, code === '503' ? RETRY : undefined),
        ]),
      ),
    },
  };
}

function json(description: string, schema: object, headers?: object): object {
  return { description, ...(headers && { headers }), content: { 'application/json': { schema } } };
}

function status(values: string[]): object {
  return {
    type: 'object',
    properties: { status: { type: 'string', enum: values } },
    required: ['status'],
    additionalProperties: false,
  };
}
