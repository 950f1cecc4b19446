import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { makeReport } from '../../../src/learning/report/make-report.js';
import type { DatasetArtifact } from '../../../src/stage/artifact.js';
import type { Objects } from '../../../src/stage/stage-type.js';
import { NO_CHROMIUM, startChromium } from '../../support/chromium.js';
import { heardRun } from '../../support/heard-run.js';
import { evaluationFile, HOSTILE, reportedRun } from '../../support/reported-run.js';
import { makeDataset } from '../../support/stage.js';
import { tempFolder } from '../../support/temp-folder.js';
import { pcm16 } from '../../support/wav-file.js';

let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

interface Opened {
  page: Page;
  /** What the page asked for or complained of. */
  heard: string[];
}

/** Opens a report from disk, as a person does. */
async function open(
  html: string,
  options: { width?: number; dark?: boolean; axe?: boolean } = {},
): Promise<Opened> {
  const file = join(tempFolder('report'), 'report.html');
  writeFileSync(file, html);
  browser ??= startChromium();
  const context = await (await browser).newContext({
    viewport: { width: options.width ?? 1400, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    // Only axe needs that: it is put into the page.
    bypassCSP: options.axe ?? false,
  });
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('console', (message) => heard.push(message.text()));
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('dialog', (dialog) => heard.push(dialog.message()));
  const { href } = pathToFileURL(file);
  page.on('request', (request) => {
    if (request.url() !== href && !request.url().startsWith('data:')) heard.push(request.url());
  });
  await page.goto(href);
  return { page, heard };
}

let hostile: Promise<string> | undefined;

/** Six classes with names that are attacks, every clip of one of them taken for the next. */
function hostileReport(): Promise<string> {
  hostile ??= makeHostileReport();
  return hostile;
}

async function makeHostileReport(): Promise<string> {
  const clips = HOSTILE.flatMap((_, i) => [
    { truth: i, guess: i, scores: HOSTILE.map((_, id) => (id === i ? 0.75 : 0.05)) },
    {
      truth: i,
      guess: (i + 1) % 6,
      file: HOSTILE[i]!,
      scores: HOSTILE.map((_, id) => (id === i ? 0.2 : 0.16)),
    },
  ]);
  const run = await reportedRun([evaluationFile(HOSTILE, clips, HOSTILE[0])], { name: HOSTILE[1]! });
  const provenance = {
    facts: [[HOSTILE[2]!, HOSTILE[3]!]] as const,
    commands: [HOSTILE[0]!],
    params: { [HOSTILE[4]!]: HOSTILE[5] },
    recipe: HOSTILE.join('\n'),
    graph: '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    stages: HOSTILE.map((text) => ({
      id: text,
      uses: text,
      status: 'run' as const,
      summary: text,
      warnings: [text],
    })),
  };
  const artifact = await hostileData(run.objects);
  const heard = {
    datasets: [{ stage: HOSTILE[2]!, artifact }],
    clipsOf: () => ({ dataset: { dataset: artifact, column: 'audio' } }),
  };
  return makeReport([{ ...run, ...heard, provenance }], { title: HOSTILE[0]! });
}

/** Clips with these names, twice, one of each class, in a split with the first of them. */
async function hostileData(objects: Objects): Promise<DatasetArtifact> {
  const clips = HOSTILE.flatMap((path, id) => [0, 1].map((turn) => ({ path, id, turn })));
  const sound = (at: number) =>
    pcm16(
      Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * at) / 2),
      8000,
    );
  const { splits, ...rest } = await makeDataset(
    {
      audio: { _type: 'Audio', storage: 'encoded' },
      label: { _type: 'ClassLabel', names: HOSTILE },
    },
    {
      audio: clips.map(({ path, id, turn }) => ({ path, bytes: sound(0.1 * (id + 1) + turn / 50) })),
      label: clips.map(({ id }) => id),
    },
    objects,
  );
  return { ...rest, splits: { [HOSTILE[0]!]: splits.train! } };
}

test('names that are attacks stay text in a browser', { skip: NO_CHROMIUM }, async () => {
  const { page, heard } = await open(await hostileReport());
  assert.deepEqual(heard, []);
  assert.match(await page.title(), /<\/script>/);
  assert.equal(await page.locator('[onerror], [onclick], main b, img[src="x"]').count(), 0);
  assert.equal(await page.locator('script').count(), 1);
  assert.equal(await page.locator('audio').count(), 12);
  const names = await page.locator('.matrix tbody th').allTextContents();
  assert.equal(names[0], `0 ${HOSTILE[0]}`);
  assert.equal(names[5], `5 ${HOSTILE[5]}`);
  assert.match(names[4]!, /^4 \ufffdevil/);
});

test('nothing can be loaded or run, even if markup came in', { skip: NO_CHROMIUM }, async () => {
  const evil =
    '<script>document.title="ran"</script><img src="https://example.com/x.png"><p style="color:red">x</p>';
  const html = (await hostileReport()).replace('</main>', `${evil}</main>`);
  const { page, heard } = await open(html);
  assert.doesNotMatch(await page.title(), /^ran/);
  assert.equal(heard.filter((text) => /Content Security Policy/.test(text)).length, 3, heard.join('\n'));
});

test('a click on a confusion lists its clips, with the keyboard, too', { skip: NO_CHROMIUM }, async () => {
  const files = [
    evaluationFile(
      ['low', 'high'],
      [
        { truth: 0, guess: 1, file: 'low/1.wav' },
        { truth: 1, guess: 1 },
      ],
    ),
  ];
  const { page, heard } = await open(await makeReport([await reportedRun(files)], { title: 'tones' }));
  const clip = page.locator('.list').getByText('low/1.wav');
  assert.equal(await clip.isVisible(), false);
  await page.locator('.matrix a').first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await clip.isVisible(), true);
  await page.keyboard.press('Home');
  await page.getByLabel('% of the class').check();
  assert.equal(await page.locator('.matrix .share').first().isVisible(), true);
  assert.equal(await page.locator('.matrix .count').first().isVisible(), false);
  assert.deepEqual(heard, []);
  await page.close();
});

test('clips can be heard, one at a time, and seen', { skip: NO_CHROMIUM }, async () => {
  const seconds = pcm16(
    Float32Array.from({ length: 16_000 }, (_, i) => 0.5 * Math.sin(i * 0.2)),
    8000,
  );
  const run = await heardRun(() => seconds);
  const { page, heard } = await open(await makeReport([run], { title: 'tones' }));
  const card = page.locator('li.clip').first();
  const [drawn, shown] = (await page.evaluate(`[
    document.querySelector('li.clip img').naturalWidth,
    document.querySelector('li.clip .waveform path').getBBox().width,
  ]`)) as [number, number];
  assert.ok(drawn > 100 && shown > 200, `${drawn} ${shown}`);
  const playing = `[...document.querySelectorAll('audio')].map((each) => !each.paused)`;
  await page.evaluate("document.querySelectorAll('audio')[1].play()");
  await card.locator('.sound').click({ position: { x: 150, y: 20 } });
  await page.waitForFunction("document.querySelectorAll('audio')[0].currentTime > 0.5");
  const [first, ...others] = (await page.evaluate(playing)) as boolean[];
  assert.deepEqual([first, others.some(Boolean)], [true, false]);
  assert.equal(await page.evaluate("document.querySelectorAll('audio')[0].duration"), 2);
  assert.equal(await card.locator('.now').isVisible(), true);
  assert.deepEqual(heard, []);
});

test('axe finds nothing, and nothing is wider than a telephone', { skip: NO_CHROMIUM }, async () => {
  const html = await hostileReport();
  for (const [width, dark] of [
    [1400, false],
    [400, true],
  ] as const) {
    const { page } = await open(html, { width, dark, axe: true });
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
    await page.evaluate(axe.source);
    const found = (await page.evaluate('axe.run()')) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    assert.deepEqual(
      found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`),
      [],
    );
    await page.close();
  }
});

test('a picture shows the numbers of the artifact', { skip: NO_CHROMIUM }, async () => {
  const html = await makeReport([await reportedRun([evaluationFile(['a', 'b'], [{ truth: 0, guess: 0 }])])], {
    title: 'tones',
  });
  const { page } = await open(html);
  const points = (await page.evaluate(`[...document.querySelectorAll('figure')]
    .find((figure) => figure.querySelector('figcaption').textContent === 'Loss')
    .querySelectorAll('circle').values().toArray().map((dot) => [
      Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy')), dot.querySelector('title').textContent,
    ])`)) as [number, number, string][];
  assert.deepEqual(
    points.map(([, , title]) => title),
    [
      'training 1.5 at step 10',
      'training 0.75 at step 20',
      'evaluation 1.25 at step 10',
      'evaluation 1 at step 20',
    ],
  );
  // Where they are drawn is linear in the values: 0.75 below 1 is as far as a quarter of 1.5 to 0.5 …
  const [first, second, third, fourth] = points.map(([, y]) => y) as [number, number, number, number];
  const perUnit = (second - first) / (1.5 - 0.75);
  assert.ok(
    Math.abs(third - first - perUnit * 0.25) < 0.01 && Math.abs(fourth - first - perUnit * 0.5) < 0.01,
  );
  assert.ok(points[1]![0] > points[0]![0]);
});
