import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { pcm16, wavFile } from '../../../support/wav-file.js';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/audio/${name}`, import.meta.url)));

/** Decodes to finite samples or throws an EtudeError that names the clip. */
async function decodesOrExplains(bytes: Uint8Array): Promise<void> {
  try {
    const { samples } = await decodeAudio(bytes, { name: 'damaged', row: 1 });
    assert.ok(samples.length > 0 && samples.every(Number.isFinite));
  } catch (error) {
    assert.ok(error instanceof EtudeError, String(error));
    assert.match(error.describe(), /^damaged row 1: /);
  }
}

/** Sets some bytes of the file to others, and may truncate it. */
function damage(whole: Uint8Array) {
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  return fc.tuple(changes, fc.integer({ min: 1, max: whole.length })).map(([list, length]) => {
    const bytes = whole.slice();
    for (const [at, value] of list) bytes[at] = value;
    return bytes.subarray(0, length % 2 === 0 ? whole.length : length);
  });
}

describe('damaged files', () => {
  const files: [name: string, bytes: Uint8Array, runs: number][] = [
    ['WAV', pcm16(Float32Array.from({ length: 40 }, (_, i) => Math.sin(i))), 1000],
    [
      'EXTENSIBLE float WAV',
      wavFile({ tag: 3, bits: 32, extensible: true, rf64: true, data: new Uint8Array(80) }),
      1000,
    ],
    ['FLAC', read('mono-24.flac'), 60],
    ['MP3', read('stereo.mp3'), 60],
    ['Ogg Vorbis', read('vorbis.ogg'), 120],
    ['Ogg Opus', read('opus.opus'), 120],
  ];
  for (const [name, whole, numRuns] of files) {
    it(`of ${name} give sound or a clear error`, async () => {
      await fc.assert(fc.asyncProperty(damage(whole), decodesOrExplains), { numRuns, seed: 7 });
    });
  }

  it('of random bytes give a clear error', async () => {
    const start = fc.constantFrom('RIFF\0\0\0\0WAVEfmt ', 'fLaC', 'OggS', 'ID3', '\xff\xfb\x90', '');
    const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 200 })).map(([head, tail]) => {
      return Uint8Array.from([...Buffer.from(head, 'latin1'), ...tail]);
    });
    await fc.assert(fc.asyncProperty(bytes, decodesOrExplains), { numRuns: 150, seed: 7 });
  });
});
