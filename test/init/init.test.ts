import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { chooseCheckpoint } from '../../src/init/checkpoint.js';
import { chooseLabel } from '../../src/init/choose-columns.js';
import { folderRecipe } from '../../src/init/folder-recipe.js';
import { type FoundData, inspectData } from '../../src/init/inspect-data.js';
import { lockRecipe } from '../../src/init/lock-recipe.js';
import { chooseData, chooseTemplate, type Person } from '../../src/init/questions.js';
import { shippedRecipe } from '../../src/init/templates.js';
import { formatLock } from '../../src/pipeline/lock/lock-file-io.js';
import type { LockFile } from '../../src/pipeline/lock/types.js';
import { describeProblem } from '../../src/pipeline/recipe/format-problem.js';
import { loadPipeline } from '../../src/pipeline/recipe/load-pipeline.js';
import type { Feature } from '../../src/stage/artifact.js';
import { EtudeError } from '../../src/util/errors.js';
import type { Project } from '../support/project.js';
import { tone, toneProject } from '../support/tone-project.js';

const project: Project = toneProject(4);

/** Clips with a table that describes them. */
function writeTable(folder: string, header: string, rows: string[]): void {
  for (const index of rows.keys()) project.write(`${folder}/${index}.wav`, tone(300 + index, 0.1));
  const lines = rows.map((row, index) => `${index}.wav,${row}`);
  project.write(`${folder}/metadata.csv`, `file_name,${header}\n${lines.join('\n')}\n`);
}

const OPTIONS = {
  name: 'made',
  file: 'made.yaml',
  schema: '# yaml-language-server: $schema=x.json',
  checkpoint: { path: 'checkpoint', comment: ['a sentence'] },
};

/** The stages of the recipe that is written for some data, checked like any recipe. */
async function stagesFor(data: FoundData): Promise<Map<string, Record<string, unknown>>> {
  const file = project.path('made.yaml');
  writeFileSync(file, folderRecipe(data, OPTIONS));
  const loaded = await loadPipeline(file, { set: ['checkpoint=checkpoint'] });
  if ('problems' in loaded) throw new Error(loaded.problems.map(describeProblem).join('\n'));
  return new Map(loaded.pipeline.stages.map(({ id, with: params }) => [id, params]));
}

const inspect = async (data: string, label?: string): Promise<FoundData> => {
  const found = await inspectData(project.path(data), project.dir, label);
  assert.ok(!('columns' in found));
  return found;
};

/** A person who gives these answers, one after the other. */
function answering(...answers: string[]): Person & { heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    say: (text) => heard.push(text),
    async ask(question) {
      heard.push(question);
      const answer = answers.shift();
      assert.notEqual(answer, undefined, `no answer to '${question}'`);
      return answer!;
    },
  };
}

test('folders of audio give classes, counts, and a recipe that can be planned', async () => {
  const found = await inspect('clips');
  assert.deepEqual(found, {
    path: 'clips',
    audio: 'audio',
    label: 'label',
    why: 'by its name',
    classes: ['high', 'low'],
    others: [],
    splits: { train: 4 },
    train: 'train',
    counts: { rows: 4, missing: 0, values: new Map(Object.entries({ high: 2, low: 2 })) },
    cut: { by: 'chance', why: 'there are too few clips for each class to be in both parts' },
    clips: {
      measured: 4,
      of: 4,
      unreadable: 0,
      seconds: { min: 0.25, median: 0.25, max: 0.25 },
      rates: [8000],
      channels: [1],
      max_length: 8000,
      cut: 0,
    },
  });
  const stages = await stagesFor(found);
  assert.deepEqual([...stages.keys()], ['clips', 'parts', 'speech', 'features', 'model', 'scores']);
  assert.match(
    project.read('made.yaml'),
    /# Clips: train 4\.\n {2}# 2 classes in column label \(by its name\): high, low\.\n {2}# 0\.25 s; 8000 Hz; mono\./,
  );
});

test('a table may have its own name for the label column', async () => {
  writeTable('table', 'intent,"odd: [name]"', ['pay,x', 'leave,y', 'pay,z']);
  const undecided = await inspectData(project.path('table'), project.dir);
  const because = 'several columns could be the labels';
  assert.deepEqual(undecided, { columns: ['intent', 'odd: [name]'], because });
  const found = await inspect('table', 'intent');
  assert.deepEqual(found.classes, ['leave', 'pay']);
  const stages = await stagesFor(found);
  assert.deepEqual(stages.get('slim'), { columns: ['odd: [name]'] });
  assert.deepEqual(stages.get('encoded'), { columns: { intent: 'label' } });
  assert.equal(stages.get('clips')!.label_column_name, 'intent');
});

test('a column called label is chosen, even if it has integers, with a note; speakers are kept apart', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i % 2},sp${i % 6},text ${i}`);
  writeTable('spoken', 'label,speaker,transcription', rows);
  const found = await inspect('spoken');
  assert.deepEqual([found.label, found.why, found.asked], ['label', 'by its name', 'label']);
  assert.deepEqual([found.classes, found.speakers], [['0', '1'], { column: 'speaker', count: 6 }]);
  const stages = await stagesFor(found);
  const { group_by_column, stratify_by_column } = stages.get('parts')!;
  assert.deepEqual([group_by_column, stratify_by_column], ['speaker', undefined]);
  assert.deepEqual(stages.get('slim'), { columns: ['speaker', 'transcription'] });
  // Few speakers, and a class with one clip: a random split, with the reason.
  writeTable('few', 'target,spk', ['a,x', 'a,y', 'b,x']);
  const few = await inspect('few');
  assert.deepEqual([few.label, few.cut], ['target', { by: 'chance', why: 'class "b" has only one clip' }]);
});

test('which column is the label', () => {
  const text = { _type: 'Value', dtype: 'string' } as const;
  const int = { _type: 'Value', dtype: 'int64' } as const;
  const classes: Feature = { _type: 'ClassLabel', names: ['a', 'b'] };
  const float = { _type: 'Value', dtype: 'float64' } as const;
  const chosen = (features: Record<string, Feature>) => {
    const found = chooseLabel(features);
    return 'column' in found ? found.column : { unsure: found.unsure };
  };
  assert.equal(chosen({ speaker: text, label: int }), 'label');
  assert.equal(chosen({ lang: classes, intent_class: int, label_text: text }), 'intent_class');
  assert.equal(chosen({ target: text, Class: text }), 'Class');
  assert.equal(chosen({ speaker: text, emotion: text }), 'emotion');
  assert.equal(chosen({ speaker: classes, genre: classes, title: text }), 'genre');
  assert.equal(chosen({ speaker: text }), 'speaker');
  assert.equal(chosen({ SpeakerID: text, Labels: int }), 'Labels');
  assert.equal(chosen({ word: text, 'speaker-id': text, age: int }), 'word');
  assert.deepEqual(chosen({ emotion: text, city: text }), { unsure: 'several columns could be the labels' });
  // What names the speaker is not taken where something else may be meant.
  const unclear = { unsure: 'no column is clearly the label' };
  assert.deepEqual(chosen({ length: int }), unclear);
  assert.deepEqual(chosen({ digit: int, speaker: text }), unclear);
  assert.deepEqual(chosen({ speaker: text, voice: text }), unclear);
  const gaps = "column 'label' is float64, as integers with gaps are, and cannot be the label";
  assert.deepEqual(chosen({ label: float, speaker: text, kind: text }), { unsure: gaps });
});

test('classes keep their proportions where each has enough clips, and most clips are not cut', async () => {
  for (let i = 0; i < 40; i++)
    project.write(`many/${i % 2 ? 'yes' : 'no'}/${i}.wav`, tone(300, i < 38 ? 0.6 + (i % 3) * 0.2 : 4));
  project.write('many/yes/bad.wav', 'no audio');
  const found = await inspect('many');
  assert.deepEqual(found.cut, { by: 'stratify' });
  assert.deepEqual([found.clips!.max_length, found.clips!.cut, found.clips!.unreadable], [16_000, 2 / 40, 1]);
  const stages = await stagesFor(found);
  assert.equal(stages.get('parts')!.stratify_by_column, 'label');
  assert.equal(stages.get('features')!.max_length, 16_000);
  const text = project.read('made.yaml');
  assert.match(text, /^# yaml-language-server: \$schema=/);
  assert.match(text, /# a sentence\nparams:/);
  assert.match(text, /5 % of the clips are longer, and are cut off/);
  assert.match(text, /1 clip cannot be read/);
});

test('mistakes in a table are reported with file and row', async () => {
  project.write('broken/metadata.csv', 'file_name,label\ngone.wav,x\n');
  await assert.rejects(inspectData(project.path('broken'), project.dir), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(error.describe(), /metadata\.csv:2 row 0: an audio file is missing/);
    return true;
  });
});

test('the checkpoint to start from is the requested one, or one that is available', async () => {
  const chosen = await chooseCheckpoint(project.path('work'), project.path('checkpoint'));
  assert.equal(chosen.path, '../checkpoint');
  assert.equal((await chooseCheckpoint(project.dir, 'owner/name')).path, 'owner/name');
  await assert.rejects(chooseCheckpoint(project.dir, 'gone'), /no such checkpoint/);
  // The tests run offline, with the cache of the user who runs them.
  const usual = await chooseCheckpoint(project.dir);
  assert.ok(usual.path === 'facebook/wav2vec2-base' || existsSync(join(usual.path, 'config.json')));
  assert.match(usual.comment.join(' '), /comes with Etude/);
});

test('existing splits are used', async () => {
  for (const split of ['train', 'validation', 'test'])
    for (const [index, label] of ['yes', 'no'].entries())
      project.write(`ready/${split}/${label}/${split}.wav`, tone(400 + index, 0.1));
  const stages = await stagesFor(await inspect('ready'));
  assert.ok(!stages.has('parts'));
  assert.equal(stages.get('model')!.eval_split, 'validation');
  assert.equal(stages.get('scores')!.split, 'test');
});

test('folder names that would break YAML or a comment are quoted', async () => {
  for (const [index, label] of ['a: b', '# c'].entries())
    project.write(`csv/${label}/${index}.wav`, tone(400 + index, 0.1));
  const found = await inspect('csv');
  assert.equal(found.path, './csv');
  assert.equal((await stagesFor(found)).get('clips')!.path, './csv');
});

test('a recipe is valid however long the name of the column of labels is', async () => {
  const label = `intent of ${'x'.repeat(1100)}`;
  writeTable('wordy', label, ['a', 'b', 'a', 'b']);
  const stages = await stagesFor(await inspect('wordy', label));
  assert.deepEqual(stages.get('encoded'), { columns: { [label]: 'label' } });
});

test('data that cannot be learnt from is refused', async () => {
  project.write('empty/readme.txt', 'nothing');
  project.write('one/yes/1.wav', tone(300, 0.1));
  writeTable('single', 'label', ['yes', 'yes']);
  const refuse = async (data: string, message: RegExp, label?: string) =>
    assert.rejects(inspectData(project.path(data), project.dir, label), (error) => {
      assert.ok(error instanceof EtudeError);
      assert.match(error.describe(), message);
      return true;
    });
  await refuse('nowhere', /no such/);
  await refuse('empty', /no data/);
  await refuse('one', /no labels/);
  await refuse('single', /only one class.*'yes' in column 'label'/s);
  await refuse('clips', /no column 'colour'/, 'colour');
});

test('a table may name audio in another folder', async () => {
  for (const word of ['yes', 'no']) project.write(`elsewhere/${word}.wav`, tone(300, 0.1));
  const row = (word: string) => `${project.path(`elsewhere/${word}.wav`)},${word}\n`;
  project.write('absolute/table.csv', `audio,label\n${row('yes')}${row('no')}`);
  const table = project.path('absolute/table.csv');
  await assert.rejects(inspectData(table, project.dir), (error: EtudeError) =>
    /--data-root FOLDER allows/.test(error.hint!),
  );
  const found = await chooseData(project.dir, { data: table, dataRoot: project.path('elsewhere') });
  assert.equal((await stagesFor(found)).get('clips')!.data_root, 'elsewhere');
  assert.deepEqual([found.label, found.clips!.max_length], ['label', 8000]);
});

test('it is asked rather than guessed where columns of text name no classes', async () => {
  writeTable('numbers', 'length', ['1', '2']);
  const rows = Array.from({ length: 12 }, (_, i) => `sentence ${i},${i % 3}`);
  writeTable('read', 'sentence,digit', rows);
  const unclear = { columns: ['length'], because: 'no column is clearly the label' };
  assert.deepEqual(await inspectData(project.path('numbers'), project.dir), unclear);
  const columns = ['sentence', 'digit'];
  const because = "column 'sentence' has 12 values for 12 clips";
  assert.deepEqual(await inspectData(project.path('read'), project.dir), { columns, because });
  assert.deepEqual((await inspect('read', 'digit')).classes, ['0', '1', '2']);
});

test('asks for what the options leave open, and again if the answer cannot be used', async () => {
  const person = answering('9', 'keyword');
  assert.equal(await chooseTemplate({}, person), 'keyword');
  assert.equal(await chooseTemplate({}, answering('')), 'intent');
  assert.equal(await chooseTemplate({}, answering('3')), 'folder');
  const other = answering(project.path('nowhere'), project.path('table'), 'what', 'intent');
  const found = await chooseData(project.dir, {}, other);
  assert.equal(found.label, 'intent');
  assert.match(other.heard.join('\n'), /no such file or folder/);
});

test('without a person to ask, the options decide', async () => {
  assert.equal(await chooseTemplate({}), 'intent');
  assert.equal(await chooseTemplate({ data: 'x' }), 'folder');
  await assert.rejects(chooseTemplate({ template: 'intent', data: 'x' }), /--data is for/);
  await assert.rejects(chooseData('.', {}), /needs a folder/);
  await assert.rejects(chooseData(project.dir, { data: project.path('table') }), /not clear which column/);
});

test('a lock becomes a recipe that extends the one next to it, with repositories pinned', async () => {
  const hash = 'a'.repeat(64);
  const stage = (more: object) => ({ uses: 'load', fingerprint: hash, params: {}, code: hash, ...more });
  const output = { kind: 'report', digest: hash, metrics: { test: { accuracy: 0.9583, loss: 0.25 } } };
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const repositories = [{ param: 'path', type: 'dataset', id: 'o/n', revision: 'main', commit }];
  const lock = {
    format: 1,
    recipe: 'recipe.yaml',
    name: 'tones',
    etude: '1',
    engine: 'onnxruntime 1',
    platform: { os: 'linux', arch: 'x64', cpu: 'c', cores: 2, node: '20' },
    tolerances: {},
    stages: {
      clips: stage({ repositories, output: { kind: 'dataset', digest: hash } }),
      scores: stage({ uses: 'evaluate', output }),
    },
  };
  project.write('recipe.lock', formatLock(lock as unknown as LockFile));
  const text = await lockRecipe(project.path('recipe.lock'), project.path('next'), 'next/recipe.yaml');
  assert.match(text, /^# {3}scores: test accuracy 0\.958, loss 0\.25$/m);
  assert.deepEqual(parse(text), {
    extends: '../recipe.yaml',
    stages: { clips: { with: { revision: commit } } },
  });
  await assert.rejects(lockRecipe(project.path('none.lock'), project.dir, 'x'), {
    message: /no such lock file/,
  });
  await assert.rejects(lockRecipe(project.dir, project.dir, 'x'), { message: 'not a file', got: 'a folder' });
  project.write('elsewhere/package.json', '{}');
  await assert.rejects(
    lockRecipe(project.path('recipe.lock'), project.path('elsewhere'), 'x'),
    /only extend recipes of its own project/,
  );
});

test('the recipes that ship become templates without what is specific to the repository', async () => {
  for (const template of ['intent', 'keyword'] as const) {
    const text = await shippedRecipe(template, join('here', 'recipe.yaml'), OPTIONS.schema);
    assert.match(text, /^name: /m);
    assert.match(text, /^# yaml-language-server: \$schema=x\.json\n/);
    assert.doesNotMatch(text, /pipelines\/|docs\//);
    assert.match(text, /etude run here\/recipe\.yaml/);
  }
});
