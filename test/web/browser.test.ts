import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { openModel } from '../../src/engine/onnxruntime/open-model.js';
import { openProject } from '../../src/index.js';
import { decodeAudio } from '../../src/learning/audio/decode/decode-audio.js';
import { encodeWav } from '../../src/learning/audio/encode-wav.js';
import { readPreprocessorConfig } from '../../src/learning/audio/read-preprocessor-config.js';
import { resample } from '../../src/learning/audio/resample.js';
import { loadConfig } from '../../src/learning/model/load-config.js';
import { prepareClip } from '../../src/learning/predict/prepare-clip.js';
import { bestScores, type LabelScore } from '../../src/learning/predict/scores.js';
import type { AudioClassifier, Heard } from '../../src/web/types.js';
import { NO_CHROMIUM, startChromium } from '../support/chromium.js';
import { serveFolder } from '../support/file-server.js';
import { SHORT_TONE_RECIPE, tone, toneProject } from '../support/tone-project.js';

/** Label names that are attacks. */
const LABELS = { low: '<img src=x onerror=alert(1)>', high: '</script><b>high' };
const FIXTURES = 'test/fixtures/audio';
const FORMATS = ['mono-24.flac', 'mono.mp3', 'opus.opus', 'vorbis.ogg', 'stereo-16.oga'];

const tones = toneProject(16, SHORT_TONE_RECIPE);
let browser: Browser;
let server: { url: string; close(): void };
const { HF_HUB_OFFLINE } = process.env;

before(async () => {
  if (NO_CHROMIUM) return;
  process.env.HF_HUB_OFFLINE = '1';
  tones.write('heard.wav', tone(1510, 3));
  const recipe = await openProject({ dir: tones.dir, warn: assert.fail }).open('recipe.yaml');
  const extended = await recipe.withOnnxExport('model', { dtype: ['fp32', 'q8'], min_agreement: 0 });
  const { finished } = await (await extended.recipe.run({ stages: [extended.stage] })).result;
  assert.equal(finished.status, 'success', JSON.stringify(finished));
  await extended.recipe.exportWeb(extended.stage, 'site');
  cpSync(tones.path('site'), tones.path('hostile'), { recursive: true });
  const config = readFileSync(tones.path('site/config.json'), 'utf8');
  const hostile = JSON.parse(config, (_, value) => LABELS[value as keyof typeof LABELS] ?? value);
  writeFileSync(tones.path('hostile/config.json'), JSON.stringify(hostile));
  server = await serveFolder(tones.dir);
  browser = await startChromium(
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${tones.path('heard.wav')}`,
  );
});
after(async () => {
  await browser?.close();
  server?.close();
  if (HF_HUB_OFFLINE === undefined) delete process.env.HF_HUB_OFFLINE;
  tones.remove();
});

interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the page asked for elsewhere, or complained of. */
  heard: string[];
}

async function open(path = 'site/', options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('console', (message) => heard.push(message.text()));
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('dialog', (dialog) => heard.push(dialog.message()));
  context.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(server.url))
      heard.push(request.url());
  });
  await page.goto(server.url + path);
  return { page, context, heard };
}

const ready = (page: Page) => page.locator('#ready').waitFor({ timeout: 60_000 });
const rows = async (page: Page) =>
  (await page.locator('#scores li').allInnerTexts()).map((text) => text.split('\n')[0]);

function assertEqualScores(got: readonly LabelScore[], expected: readonly LabelScore[], about: string): void {
  assert.deepEqual(
    got.map(({ label }) => label),
    expected.map(({ label }) => label),
    about,
  );
  for (const [i, { score }] of got.entries())
    assert.ok(Math.abs(score - expected[i]!.score) < 1e-3, `${about}: ${score}, ${expected[i]!.score}`);
}

/** What `etude predict` gives. */
async function predicted(files: readonly string[]): Promise<LabelScore[][]> {
  const classifier = await openProject({ dir: tones.dir, warn: assert.fail }).loadClassifier(
    'recipe.yaml:model',
  );
  try {
    const all: LabelScore[][] = [];
    for await (const prediction of classifier.classify(files)) {
      assert.ok('scores' in prediction, JSON.stringify(prediction));
      all.push(prediction.scores);
    }
    return all;
  } finally {
    await classifier.close();
  }
}

/** What ONNX Runtime for Node gives for the same q8 graph. */
async function computed(bytes: Uint8Array): Promise<LabelScore[]> {
  const config = await loadConfig([{ name: 'config.json', path: tones.path('site/config.json') }]);
  const extractor = await readPreprocessorConfig(tones.path('site/preprocessor_config.json'));
  const { samples, sampling_rate } = await decodeAudio(bytes, { name: 'clip' });
  const data = prepareClip(resample(samples, sampling_rate, extractor.sampling_rate), extractor, config);
  const model = openModel(tones.path('site/onnx/model_quantized.onnx'), { output: 'logits', threads: 1 });
  try {
    const logits = model.run({ input_values: { data, shape: [1, data.length] } });
    return bestScores(logits, config.id2label!, 'softmax', 5);
  } finally {
    model.dispose();
  }
}

test('each format gives the labels and scores of predict, and q8 those of its graph', {
  skip: NO_CHROMIUM,
}, async () => {
  const wav = tones.path('heard.wav');
  const files = [wav, ...FORMATS.map((name) => join(process.cwd(), FIXTURES, name))];
  const { page, heard, context } = await open();
  const encoded = files.map((file) => readFileSync(file).toString('base64'));
  const results = await page.evaluate(
    async ({ encoded, module }) => {
      const { loadClassifier } = await import(module);
      const inBrowser: Record<string, unknown[]> = {};
      for (const dtype of ['fp32', 'q8']) {
        const classifier = await loadClassifier('.', { dtype });
        for (const topK of [0, -1, 1.5])
          await classifier.classify(new Float32Array(16000), { topK }).then(
            () => {
              throw new Error(`topK ${topK} is taken`);
            },
            (error: Error) => {
              if (error.name !== 'RangeError') throw error;
            },
          );
        const all: unknown[] = [];
        for (const text of encoded) {
          const { buffer } = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
          // The three kinds of input must be one.
          const { samples, samplingRate } = await classifier.decode(buffer);
          const three = [
            await classifier.classify(buffer),
            await classifier.classify(new Blob([buffer])),
            await classifier.classify(samples, { samplingRate }),
          ];
          all.push(three);
        }
        classifier.close();
        inBrowser[dtype] = all;
      }
      return inBrowser;
    },
    { encoded, module: `${server.url}site/classifier.js` },
  );
  const expected = { fp32: await predicted(files), q8: [] as LabelScore[][] };
  for (const file of files) expected.q8.push(await computed(readFileSync(file)));
  for (const dtype of ['fp32', 'q8'] as const)
    for (const [i, [first, ...others]] of (results[dtype] as { scores: LabelScore[] }[][]).entries()) {
      assertEqualScores(first!.scores, expected[dtype][i]!, `${dtype} ${files[i]}`);
      for (const other of others) assert.deepEqual(other, first);
    }
  assert.deepEqual(heard, []);
  await context.close();
});

test('what the microphone hears has the scores of predict, again and again', {
  skip: NO_CHROMIUM,
}, async () => {
  const { page, heard, context } = await open('site/', { permissions: ['microphone'] });
  const results = await page.evaluate(async (module) => {
    const { loadClassifier } = (await import(module)) as {
      loadClassifier(url: string, options: object): Promise<AudioClassifier>;
    };
    const classifier = await loadClassifier('.', { dtype: 'fp32' });
    const all: Heard[] = [];
    await new Promise<void>((resolve, reject) => {
      let listener: { stop(): void } | undefined;
      classifier
        .listen({
          windowSeconds: 0.5,
          onResult(result) {
            all.push(result);
            if (all.length < 3) return;
            listener?.stop();
            resolve();
          },
          onError: reject,
        })
        .then((opened) => {
          listener = opened;
        }, reject);
    });
    classifier.close();
    return all.map(({ samples, ...rest }) => ({ ...rest, samples: [...samples] }));
  }, `${server.url}site/classifier.js`);
  const files = results.map(({ samples, samplingRate }, i) =>
    tones.write(`heard-${i}.wav`, encodeWav(Float32Array.from(samples), samplingRate)),
  );
  for (const [i, scores] of (await predicted(files)).entries()) {
    const { duration, scores: got, samples } = results[i]!;
    assertEqualScores(got, scores, `window ${i}`);
    assert.equal(duration, 0.5);
    if (i === 2) assert.ok(Math.max(...samples) > 0.1, 'it hears nothing');
  }
  assert.deepEqual(heard, []);
  await context.close();
});

test('the page shows files and the microphone, and is accessible', { skip: NO_CHROMIUM }, async () => {
  const options = { permissions: ['microphone'], viewport: { width: 360, height: 800 }, bypassCSP: true };
  const { page, context, heard } = await open('hostile/', options);
  await ready(page);
  await page.addScriptTag({ content: axe.source });
  const violations = async () => {
    const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  };
  await page.setInputFiles('#file', tones.path('heard.wav'));
  await page.locator('#best.known').waitFor();
  assert.deepEqual((await rows(page)).sort(), Object.values(LABELS).sort());
  assert.match(await page.locator('#heard').innerText(), /^heard\.wav · 3\.00 s · 8000 Hz$/);
  assert.deepEqual(await violations(), []);
  await page.locator('#window').fill('0.5');
  await page.locator('#listen').focus();
  await page.keyboard.press('Enter');
  await page.getByText('The last 0.50 s').waitFor();
  assert.equal((await rows(page)).length, 2);
  assert.deepEqual(await violations(), []);
  await page.keyboard.press('Space');
  assert.equal(await page.locator('#listen').innerText(), 'Listen');
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  assert.equal(overflow, 0);
  assert.deepEqual(heard, []);
  await context.close();
});

test('what cannot be classified is said so, and the next file works', { skip: NO_CHROMIUM }, async () => {
  const { page, context } = await open();
  await ready(page);
  const problem = page.locator('#problem');
  const tries: [file: string, content: Uint8Array | string, said: RegExp][] = [
    ['notes.txt', 'no sound at all', /notes\.txt: not audio: starts with 'no sound at/],
    ['film.webm', Buffer.from('1a45dfa3000000000000000000', 'hex'), /WebM or Matroska is not supported/],
    ['short.wav', tone(300, 0.001), /short\.wav: the clip is too short\s+Expected at least \d+ samples/],
    ['long.wav', tone(300, 31), /long\.wav is 31\.0 s long[\s\S]*at most 30 s/],
    [
      'broken.flac',
      readFileSync(join(FIXTURES, FORMATS[0]!)).subarray(0, 3000),
      /broken\.flac: FLAC file is/,
    ],
  ];
  for (const [name, content, said] of tries) {
    await page.setInputFiles('#file', { name, mimeType: '', buffer: Buffer.from(content) });
    await problem.getByText(new RegExp(`^${name}`)).waitFor();
    assert.match(await problem.innerText(), said);
    assert.equal(await page.locator('#best.known').count(), 0);
  }
  await page.locator('#listen').click();
  await page.getByText('the microphone is not allowed').waitFor();
  await page.setInputFiles('#file', tones.path('heard.wav'));
  await page.locator('#best.known').waitFor();
  assert.equal(await problem.isVisible(), false);
  await context.close();
});

test('a folder that lacks something, or holds something else, is said so', {
  skip: NO_CHROMIUM,
}, async () => {
  const cases: [folder: string, change: (path: (name: string) => string) => void, said: RegExp][] = [
    ['empty', (path) => rmSync(path('config.json')), /config\.json is missing: there is none in http/],
    ['no-graph', (path) => rmSync(path('onnx/model_quantized.onnx')), /model_quantized\.onnx is missing/],
    [
      'damaged',
      (path) => writeFileSync(path('onnx/model_quantized.onnx'), 'x'),
      /quantized\.onnx cannot be opened/,
    ],
    ['no-json', (path) => writeFileSync(path('config.json'), '<html>'), /config\.json is not JSON/],
    ['no-worker', (path) => rmSync(path('classifier-worker.js')), /the worker of the classifier failed/],
    ['no-module', (path) => rmSync(path('classifier.js')), /The page cannot be loaded/],
  ];
  for (const [name, change, said] of cases) {
    cpSync(tones.path('site'), tones.path(name), { recursive: true });
    change((file) => tones.path(`${name}/${file}`));
    const { page, context } = await open(`${name}/`);
    await page.locator('#problem').getByText(said).waitFor({ timeout: 60_000 });
    assert.equal(await page.locator('#ready').isVisible(), false);
    await context.close();
  }
});

test('a browser without WebAssembly, and a page from a file, are said so', {
  skip: NO_CHROMIUM,
}, async () => {
  const context = await browser.newContext();
  await context.addInitScript('delete globalThis.WebAssembly');
  const page = await context.newPage();
  await page.goto(`${server.url}site/`);
  await page.getByText('this browser has no WebAssembly').waitFor();
  await page.goto(`file://${tones.path('site/index.html')}`);
  await page.getByText('This page must come from a web server.').waitFor();
  await context.close();
});

test('a page of your own that does not come from a server is told that it must', {
  skip: NO_CHROMIUM,
}, async () => {
  // As what a bundler has made one script of; such pages load no modules from addresses.
  const module = `data:text/javascript;base64,${Buffer.from(tones.read('site/classifier.js')).toString('base64')}`;
  const page = await browser.newPage();
  for (const address of ['data:text/html,<p>mine', `file://${tones.path('site/LICENSES.txt')}`]) {
    await page.goto(address);
    const error = await page.evaluate(async (module) => {
      const { loadClassifier } = await import(module);
      return loadClassifier('./site/').catch(({ name, code, message, hint }: Record<string, string>) => ({
        ...{ name, code, message, hint },
      }));
    }, module);
    assert.deepEqual([error.name, error.code], ['ClassifierError', 'browser'], JSON.stringify(error));
    assert.match(error.message, /page from a (file|data): address$/);
    assert.match(error.hint, /npx http-server/);
  }
  await page.close();
});

test('names that would change the order of a text, or hide a part of it, do not', {
  skip: NO_CHROMIUM,
}, async () => {
  const config = JSON.parse(tones.read('site/config.json'));
  cpSync(tones.path('site'), tones.path('turned'), { recursive: true });
  const turned = JSON.stringify(config).replaceAll('"low"', '"\u202elow\u200f"');
  writeFileSync(tones.path('turned/config.json'), turned);
  const { page, context, heard } = await open('turned/');
  await ready(page);
  const file = (name: string, buffer: Uint8Array) => ({ name, mimeType: '', buffer: Buffer.from(buffer) });
  await page.setInputFiles('#file', file('a\u202egpj\u200f.wav', tone(300, 1)));
  await page.locator('#best.known').waitFor();
  assert.match(await page.locator('#heard').innerText(), /^agpj\.wav · /);
  assert.deepEqual((await rows(page)).sort(), ['high', 'low']);
  await page.setInputFiles('#file', file('\u05d0\u2067.wav', tone(300, 31)));
  await page.getByText('31.0 s long').waitFor();
  assert.match(await page.locator('#problem-title').innerText(), /^\u2068\u05d0\.wav\u2069 is 31/);
  assert.deepEqual(heard, []);
  await context.close();
});

test('in a page that is isolated, several threads give the same scores', {
  skip: NO_CHROMIUM,
}, async (context) => {
  const isolated = await serveFolder(tones.dir, {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  context.after(() => isolated.close());
  const page = await browser.newPage();
  await page.goto(`${isolated.url}site/LICENSES.txt`);
  const [one, two] = await page.evaluate(async (module) => {
    const { loadClassifier } = await import(module);
    const samples = Float32Array.from({ length: 16000 }, (_, i) => Math.sin(i / 20));
    const results: unknown[] = [];
    for (const threads of [1, 2]) {
      const classifier = await loadClassifier('.', { dtype: 'fp32', threads });
      results.push({ threads: classifier.threads, ...(await classifier.classify(samples)) });
      classifier.close();
    }
    return results as ({ threads: number } & { scores: LabelScore[] })[];
  }, `${isolated.url}site/classifier.js`);
  assert.deepEqual([one!.threads, two!.threads], [1, 2]);
  assertEqualScores(one!.scores, two!.scores, 'threads');
  await page.close();
});
