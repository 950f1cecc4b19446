import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unbundle } from '../../../src/pipeline/bundle/unbundle.js';
import { ustarHeader } from '../../../src/pipeline/bundle/ustar.js';
import { EtudeError } from '../../../src/util/errors.js';
import { archive, listing, type Piece, place, RECIPE, text } from '../../support/archive.js';

/** A bundle that must be refused, with nothing left anywhere. */
async function refused(bytes: Buffer, message: RegExp): Promise<void> {
  const at = place();
  await assert.rejects(unbundle(at.file(bytes), { dir: at.dir, cacheDir: at.cacheDir }), (error: unknown) => {
    assert.ok(error instanceof EtudeError, String((error as Error).stack));
    assert.match(error.describe(), message);
    return true;
  });
  assert.ok(at.untouched());
}

test("the building blocks of these tests' archives are accepted when correct", async () => {
  const at = place();
  const done = await unbundle(at.file(archive([RECIPE, text('project/stages/a.js', '1')])), at);
  assert.deepEqual(done.written, ['stages/a.js', 'recipe.yaml']);
  assert.deepEqual(listing(at.dir), ['recipe.yaml', 'stages/a.js']);
});

const names: [name: string, message: RegExp][] = [
  ['project/../evil', /points outside its folder/],
  ['project/a/../../evil', /points outside its folder/],
  ['project/./a', /points outside its folder/],
  ['project//etc/passwd', /absolute or has an empty part/],
  ['project/', /it is empty/],
  ['/etc/passwd', /does not belong in a bundle/],
  ['../evil', /does not belong in a bundle/],
  ['cache/../evil', /does not belong in a bundle/],
  [`cache/objects/${'0'.repeat(63)}`, /does not belong in a bundle/],
  [`cache/objects/${'0'.repeat(64)}/../../../evil`, /does not belong in a bundle/],
  [`cache/index/${'0'.repeat(64)}`, /does not belong in a bundle/],
  ['project/C:\\evil', /do not allow in names/],
  ['project/a\\..\\..\\evil', /do not allow in names/],
  ['project/a\nb', /control characters/],
  ['project/a\u0000b', /control characters/],
  ['project/a\u001b[2J', /control characters/],
  ['project/a\u202ejs.exe', /control characters/],
  ['project/.git/hooks/post-checkout', /hidden/],
  ['project/.GIT/config', /hidden/],
  ['project/.etude/index/load/x.json', /hidden/],
  ['project/node_modules/yaml/index.js', /node_modules/],
  ['project/NODE_MODULES/yaml/index.js', /node_modules/],
  ['project/git~1./x', /space or a dot/],
  ['project/nul.txt', /device/],
  [`project/${'a/'.repeat(200)}a`, /too long/],
];
for (const [name, message] of names) {
  test(`a member named ${JSON.stringify(name.slice(0, 60))} is refused`, () =>
    refused(archive([RECIPE, text(name, 'x')]), message));
}

const types: [flag: string, words: RegExp][] = [
  ['1', /a hard link/],
  ['2', /a symbolic link/],
  ['3', /a device/],
  ['4', /a device/],
  ['5', /a folder/],
  ['6', /a named pipe/],
  ['x', /an extended header/],
  ['g', /an extended header/],
  ['L', /long-name/],
  ['S', /a sparse file/],
];
for (const [flag, words] of types) {
  test(`a member of type ${flag} is refused`, () => {
    const link = (header: Buffer) => {
      header.write(flag, 156, 'latin1');
      header.write('/etc/passwd', 157, 'latin1');
    };
    return refused(archive([RECIPE, text('project/link', '', { header: link })]), words);
  });
}

test('a header that names another file, another size, another mode or an owner is refused', async () => {
  const changes: ((header: Buffer) => void)[] = [
    (header) => header.write('project/../../evil\0', 0, 'latin1'),
    (header) => header.write('77777777777', 124, 'latin1'),
    (header) => header.write('0004755', 100, 'latin1'),
    (header) => header.write('0001750', 108, 'latin1'),
    (header) => header.write('root', 265, 'latin1'),
    (header) => header.write('..', 345, 'latin1'),
    (header) => header.write('x', 511, 'latin1'),
  ];
  for (const header of changes)
    await refused(archive([RECIPE, text('project/a', 'x', { header })]), /does not match its manifest/);
});

test('a wrong digest or a changed byte is found before anything is put in place', async () => {
  const pieces = [RECIPE, text('project/a', 'right', { claim: { sha256: '0'.repeat(64) } })];
  await refused(archive(pieces), /does not match its digest/);
  const bytes = archive([RECIPE, text('project/a', 'right')]);
  bytes[bytes.indexOf('right')]! ^= 1;
  await refused(bytes, /does not match its digest/);
});

test('sizes that are not those of the file are refused at once', async () => {
  const huge = (size: number): Piece[] => [RECIPE, text('project/a', 'x', { claim: { size } })];
  await refused(archive(huge(8 ** 11 - 1)), /claims more than it has/);
  await refused(archive(huge(2 ** 60)), /impossible size/);
  await refused(archive(huge(-1)), /impossible size/);
  await refused(archive(huge(Number.NaN)), /impossible size/);
  await refused(archive(huge(0)), /more than its manifest lists/);
  const whole = archive([RECIPE]);
  for (const length of [0, 1, 511, 512, 600, whole.length - 1025, whole.length - 1])
    await refused(whole.subarray(0, length), /truncated|not an Etude bundle/);
});

test('bytes after the end, between members and in the padding are refused', async () => {
  const whole = archive([RECIPE]);
  await refused(Buffer.concat([whole, Buffer.alloc(512)]), /more than its manifest lists/);
  await refused(Buffer.concat([whole, archive([text('project/evil', 'x')])]), /more than its manifest lists/);
  const hidden = Buffer.from(whole);
  hidden[hidden.length - 1] = 1;
  await refused(hidden, /bytes between its members/);
  const padding = Buffer.from(whole);
  padding[padding.length - 1025] = 1;
  await refused(padding, /bytes between its members/);
});

test('members that the manifest does not list, or lists twice, are refused', async () => {
  const pieces = [RECIPE, text('project/a', 'x')];
  const listed = [{ name: 'project/recipe.yaml', size: RECIPE.bytes.length, sha256: '0'.repeat(64) }];
  await refused(archive(pieces, { members: listed }), /more than its manifest lists/);
  await refused(archive([RECIPE, RECIPE]), /the same name/);
  await refused(archive([RECIPE, text('project/RECIPE.yaml', 'x')]), /the same name/);
  await refused(
    archive([RECIPE, text('project/\u00e9', 'x'), text('project/e\u0301', 'x')]),
    /the same name/,
  );
  await refused(archive([RECIPE, text('project/recipe.yaml/b', 'x')]), /both a file and a folder/);
});

test('a million members are refused by the size of the list, or by their number', async () => {
  const many = { length: 1_000_000 } as unknown[];
  await refused(ustarHeader('etude-bundle.json', 120 * 1_000_000), /too many members/);
  await refused(archive([], { members: Array.from(many, () => 0) }), /more than 100000 members/);
});

test('an invalid manifest is refused', async () => {
  await refused(archive([RECIPE], { format: 2 }), /different version/);
  await refused(archive([RECIPE], { recipe: 'other.yaml' }), /is missing/);
  await refused(archive([RECIPE], { recipe: '../recipe.yaml' }), /is missing/);
  await refused(archive([RECIPE], { modules: ['a.js'] }), /is missing/);
  await refused(archive([RECIPE], { members: null }), /lists no members/);
  await refused(archive([RECIPE], { members: [null] }), /no name/);
  await refused(archive([RECIPE], { objects: 'some' }), /does not list its results/);
  await refused(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(2000)]), /a compressed file/);
  const nested = Buffer.from('['.repeat(100_000));
  const padded = Buffer.concat([nested, Buffer.alloc((512 - (nested.length % 512)) % 512)]);
  await refused(
    Buffer.concat([ustarHeader('etude-bundle.json', nested.length), padded, Buffer.alloc(1024)]),
    /not JSON/,
  );
});

test('cache entries that are invalid, or stored under a wrong key, are refused', async () => {
  const zeros = '0'.repeat(64);
  const entry = (content: string) => archive([RECIPE, text(`cache/index/${zeros}.json`, content)]);
  await refused(entry('not json'), /refused/);
  await refused(entry('{}'), /parts/);
  await refused(entry('['.repeat(50_000)), /refused/);
  const parts = { format: 1, uses: 'load', params: {}, sources: {}, inputs: {}, code: 'c', libraries: {} };
  await refused(entry(JSON.stringify({ fingerprint: zeros, parts })), /an entry with another fingerprint/);
  const deep = `{"fingerprint":"${zeros}","parts":{"format":1,"uses":"load","code":"c","params":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}},"sources":{},"inputs":{},"libraries":{}}}`;
  await refused(entry(deep), /reasonable depth/);
});

test('existing files that differ are reported and kept, and nothing is written; equal ones are accepted', async () => {
  const at = place();
  mkdirSync(at.dir);
  writeFileSync(join(at.dir, 'recipe.yaml'), 'mine');
  const file = at.file(archive([text('project/a', 'x'), RECIPE]));
  await assert.rejects(
    unbundle(file, at),
    (error: EtudeError) => /differ/.test(error.message) && error.got === 'recipe.yaml',
  );
  assert.deepEqual(readdirSync(at.dir), ['recipe.yaml']);
  writeFileSync(join(at.dir, 'recipe.yaml'), RECIPE.bytes);
  assert.deepEqual((await unbundle(file, at)).written, ['a']);
  assert.deepEqual((await unbundle(file, at)).written, []);
});

test('a link in the folder is never followed out of it', async () => {
  const at = place();
  const outside = place();
  mkdirSync(outside.dir);
  mkdirSync(at.dir);
  symlinkSync(outside.dir, join(at.dir, 'stages'));
  const file = at.file(archive([RECIPE, text('project/stages/a.js', 'x')]));
  await assert.rejects(unbundle(file, at), /which is not a folder/);
  symlinkSync(join(outside.dir, 'new.yaml'), join(at.dir, 'recipe.yaml'));
  await assert.rejects(unbundle(at.file(archive([RECIPE])), at), /differ/);
  assert.deepEqual(listing(outside.dir), []);
  assert.deepEqual(readdirSync(at.dir).sort(), ['recipe.yaml', 'stages']);
});

test('a file that is truncated while it is unpacked leaves nothing', async () => {
  const at = place();
  const file = at.file(archive([RECIPE, text('project/a', 'x'.repeat(3_000_000))]));
  const size = readFileSync(file).length;
  const cut = unbundle(file, { ...at, progress: (done) => done > 1_500_000 && truncateSync(file, size / 2) });
  await assert.rejects(cut, /truncated/);
  assert.ok(at.untouched());
});
