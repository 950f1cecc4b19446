import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAudio } from '../../../src/learning/audio/decode/decode-audio.js';
import { makeReport } from '../../../src/learning/report/make-report.js';
import { clipBytes, clipDataset } from '../../support/clips.js';
import { heardRun } from '../../support/heard-run.js';
import type { MemoryObjects } from '../../support/memory-objects.js';

function partOf(page: string, section: string): string {
  return new RegExp(`<section id="run-0-${section}".*?\n</section>\n(?=<section id|</article>)`, 's').exec(
    page,
  )![0];
}

test('the surest mistake comes first, and sounds as in the data', async () => {
  const page = await makeReport([await heardRun()], { title: 'tones' });
  const cards = partOf(page, 'listen').split('<li class="clip"').slice(1);
  assert.match(
    cards[0]!,
    /clips\/4\.wav.*row 4, 0\.04 s at 8 kHz.*high.*predicted.*0\.990.*low.*label.*0\.010/s,
  );
  assert.match(cards[1]!, /clips\/7\.wav/);
  const [, sound] = /<audio [^>]*src="data:audio\/wav;base64,([^"]+)"/.exec(cards[0]!)!;
  const heard = await decodeAudio(Buffer.from(sound!, 'base64'), { name: 'heard' });
  const original = await decodeAudio(clipBytes(4), { name: 'original' });
  assert.equal(heard.sampling_rate, 8000);
  assert.deepEqual(heard.samples, original.samples);
  assert.match(cards[0]!, /<svg class="waveform".*<img class="spectrogram"/s);
});

test('each clip is in the page once, and lists lead there', async () => {
  const page = await makeReport([await heardRun()], { title: 'tones' });
  const sounds = [...page.matchAll(/<audio [^>]*aria-label="([^"]*)"/g)].map(([, name]) => name);
  assert.equal(new Set(sounds).size, sounds.length);
  const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
  const links = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id!);
  assert.deepEqual(
    links.filter((id) => !ids.has(id)),
    [],
  );
  const mistakes = /<section id="run-0-result-0-is-0-1".*?<\/section>/s.exec(page)![0];
  assert.match(mistakes, /<a href="#run-0-clip-0">listen/);
  assert.match(partOf(page, 'listen'), /12 clips can be heard, 10 kB of at most 8 MB\./);
});

test('sounds take no more room than they may, and what is missing is said', async () => {
  const run = await heardRun();
  const page = await makeReport([run], { title: 'tones', audio: '2kB' });
  const sounds = [...page.matchAll(/src="(data:audio[^"]*)"/g)].map(([, address]) => address!.length);
  assert.ok(sounds.length > 0 && sounds.reduce((sum, each) => sum + each) <= 2000, String(sounds));
  assert.match(page, /there was no room for \d+ more/);
  assert.match(partOf(page, 'listen'), /clips\/4\.wav/);
  const silent = await makeReport([run], { title: 'tones', audio: 'none' });
  assert.doesNotMatch(silent, /<audio|<script/);
  assert.match(silent, /clips\/4\.wav.*without sound/s);
  await assert.rejects(makeReport([run], { title: 'tones', audio: 'much' }), /is not a size/);
});

test('clips that are missing, broken or of other data are left out', async () => {
  const broken = await heardRun((number) =>
    number === 4 ? Uint8Array.of(1, 2, 3) : number === 7 ? null : clipBytes(number),
  );
  const page = await makeReport([broken], { title: 'tones' });
  assert.match(partOf(page, 'listen'), /clips\/4\.wav/);
  assert.match(partOf(page, 'listen'), /10 clips can be heard/);
  const other = await clipDataset(broken.objects as MemoryObjects, [[0, 1]], { test: [0, 1] });
  const run = { ...broken, clipsOf: () => ({ dataset: { dataset: other, column: 'audio' } }) };
  assert.match(await makeReport([run], { title: 'tones' }), /There is no sound/);
});
