import { cpSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HubServer } from './hub-server.js';
import { Project } from './project.js';
import { addTone, TONE_RECIPE, toneProject } from './tone-project.js';

/** A recipe and a file that it reads. */
export interface EditCase {
  name: string;
  project: Project;
  /** Absolute. */
  file: string;
  /** Other bytes for it, which would give another result. */
  change(bytes: Buffer): Uint8Array;
  /** The last stage that does not read it. */
  before?: string;
  /** More arguments for `etude run`. */
  args?: string[];
}

type Make = () => EditCase | Promise<EditCase>;
type MakeOnHub = (hub: HubServer) => Promise<EditCase>;

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** One flipped bit in the middle: another sample, another number. */
const flip = (bytes: Buffer) => {
  const other = Buffer.from(bytes);
  other[other.length >> 1]! ^= 4;
  return other;
};
const replace = (from: string, to: string) => (bytes: Buffer) => {
  const text = bytes.toString();
  if (!text.includes(from)) throw new Error(`'${from}' is not in the file`);
  return Buffer.from(text.replace(from, to));
};

const NUMBERS = Array.from({ length: 20 }, (_, i) => [i, 1000 + i]);
const csv = `a,b\n${NUMBERS.map((row) => `${row.join(',')}\n`).join('')}`;

function loading(params: string, fill: (project: Project) => void): Project {
  const project = new Project();
  project.write('package.json', '{"type": "module", "private": true}');
  project.write('recipe.yaml', `name: edits\nstages:\n  rows: { uses: load, with: ${params} }\n`);
  fill(project);
  return project;
}

const clips = (project: Project) => {
  for (let number = 0; number < 4; number++) addTone(project, number);
};
const METADATA = ['low/tone-0000', 'high/tone-0001', 'low/tone-0002', 'high/tone-0003']
  .map((name, i) => `${name}.wav,${i + 1}00\n`)
  .join('');

/** The recipe of all stage types with one short training. */
function tones(): Project {
  const project = toneProject(8);
  project.write('recipe.yaml', TONE_RECIPE.replace('num_train_epochs: 3', 'num_train_epochs: 1'));
  return project;
}

/** Every kind of source by its name. */
export const sourceCases: Record<string, Make> = {
  'audio folder': () => {
    const project = loading('{ path: clips }', clips);
    const file = project.path('clips/low/tone-0002.wav');
    return { name: 'audio folder', project, file, change: flip };
  },
  'metadata.csv': () => {
    const project = loading('{ path: clips }', (to) => {
      clips(to);
      to.write('clips/metadata.csv', `file_name,loudness\n${METADATA}`);
    });
    return {
      name: 'metadata.csv',
      project,
      file: project.path('clips/metadata.csv'),
      change: replace(',300', ',700'),
    };
  },
  'a clip that metadata.csv names': () => {
    const project = loading('{ path: clips }', (to) => {
      clips(to);
      to.write('clips/metadata.csv', `file_name,loudness\n${METADATA}`);
    });
    const file = project.path('clips/high/tone-0003.wav');
    return { name: 'a clip that metadata.csv names', project, file, change: flip };
  },
  CSV: () => {
    const project = loading('{ path: rows.csv }', (to) => to.write('rows.csv', csv));
    return { name: 'CSV', project, file: project.path('rows.csv'), change: replace('1007', '2007') };
  },
  'JSON Lines': () => {
    const project = loading('{ path: rows.jsonl }', (to) =>
      to.write('rows.jsonl', NUMBERS.map(([a, b]) => `{"a": ${a}, "b": ${b}}\n`).join('')),
    );
    return { name: 'JSON Lines', project, file: project.path('rows.jsonl'), change: replace('1007', '2007') };
  },
  Parquet: () => {
    const project = loading('{ path: rows.parquet }', (to) =>
      to.write('rows.parquet', readFileSync(fixture('hub/minds14.parquet'))),
    );
    return { name: 'Parquet', project, file: project.path('rows.parquet'), change: flip };
  },
  'save_to_disk, rows': () => saved('rows', 'data-00000-of-00001.arrow', flip),
  'save_to_disk, features': () =>
    saved('features', 'dataset_info.json', (bytes) => Buffer.from(`${bytes.toString().trimEnd()} \n\n`)),
  'save_to_disk, state': () =>
    saved('state', 'state.json', (bytes) => Buffer.from(`${bytes.toString().trimEnd()} \n\n`)),
  data_files: () => {
    const project = loading('{ path: csv, data_files: { one: one.csv, two: two.csv } }', (to) => {
      to.write('one.csv', csv);
      to.write('two.csv', csv.replaceAll(',1', ',3'));
    });
    return { name: 'data_files', project, file: project.path('two.csv'), change: replace('3007', '2007') };
  },
  'dataset card': () => {
    const card = (split: string) =>
      `---\nconfigs:\n- config_name: default\n  data_files:\n  - split: ${split}\n    path: one.csv\n---\n`;
    const project = loading('{ path: data }', (to) => {
      to.write('data/README.md', card('left'));
      to.write('data/one.csv', csv);
    });
    const file = project.path('data/README.md');
    return { name: 'dataset card', project, file, change: replace('left', 'side') };
  },
  recipe: () => {
    const project = loading('{ path: rows.csv, split: "train[:10]" }', (to) => to.write('rows.csv', csv));
    return { name: 'recipe', project, file: project.path('recipe.yaml'), change: replace(':10', ':15') };
  },
  'file of parameters': () => {
    const project = loading(`{ path: rows.csv, split: "\${{ params.split }}" }`, (to) =>
      to.write('rows.csv', csv),
    );
    project.write(
      'recipe.yaml',
      project.read('recipe.yaml').replace('stages:', 'params: { split: train }\nstages:'),
    );
    project.write('values.yaml', 'split: train[:10]\n');
    const file = project.path('values.yaml');
    const args = ['--params', 'values.yaml'];
    return { name: 'file of parameters', project, file, change: replace(':10', ':15'), args };
  },
  'recipe that is extended': () => {
    const project = loading('{ path: rows.csv, split: "train[:10]" }', (to) => to.write('rows.csv', csv));
    project.write('base.yaml', project.read('recipe.yaml'));
    project.write('recipe.yaml', 'extends: ./base.yaml\nname: over\n');
    const file = project.path('base.yaml');
    return { name: 'recipe that is extended', project, file, change: replace(':10', ':15') };
  },
  'module of a stage': () => moduleOf('stages/s.js', replace('* 1', '* 2')),
  'module that a stage imports': () => moduleOf('stages/weight.js', replace('3', '5')),
  'file of a stage of the user': () => moduleOf('number.txt', replace('1000', '2000')),
};

/** What is on the Hub. */
export const hubCases: Record<string, MakeOnHub> = {
  'Hub, data': (hub) => onHub('data', hub, 'data/rows.csv', replace('1007', '2007')),
  'Hub, card': (hub) => onHub('card', hub, 'README.md', replace('left', 'side')),
};

/** Every stage type that reads more than the results of other stages. */
export const stageCases: Record<string, Make> = {
  'object that cast-audio reads': () => objectOf('slim'),
  'object that map-preprocess reads': () => objectOf('speech'),
  'object that train and evaluate read': () => objectOf('features'),
  'feature extractor': () => ({
    ...checkpoint('feature extractor', 'preprocessor_config.json', replace('true', 'false')),
    before: 'speech',
  }),
  'checkpoint, configuration': () => ({
    ...checkpoint(
      'checkpoint, configuration',
      'config.json',
      replace('"hidden_dropout":0.1', '"hidden_dropout":0.4'),
    ),
    before: 'speech',
  }),
  'checkpoint, weights': () => ({
    ...checkpoint('checkpoint, weights', 'model.safetensors', flip),
    before: 'encoded',
  }),
  'checkpoint, preprocessor': () => ({
    ...checkpoint('checkpoint, preprocessor', 'preprocessor_config.json', replace('true', 'false')),
    before: 'speech',
  }),
};

function checkpoint(name: string, file: string, change: EditCase['change']): EditCase {
  const project = tones();
  return { name, project, file: project.path(`checkpoint/${file}`), change };
}

function saved(what: string, file: string, change: EditCase['change']): EditCase {
  const project = loading('{ path: saved }', (to) =>
    cpSync(fixture('saved/single'), to.path('saved'), { recursive: true }),
  );
  return { name: `save_to_disk, ${what}`, project, file: project.path(`saved/${file}`), change };
}

/** The largest object of the cache once the stages up to this one are done: the next stage reads it. */
async function objectOf(stage: string): Promise<EditCase> {
  const project = tones();
  const first = await project.etude('run', 'recipe.yaml', '--until', stage);
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  const objects = project.path('.etude/objects');
  const [largest] = readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort((one, other) => statSync(other).size - statSync(one).size);
  return { name: `object after ${stage}`, project, file: largest!, change: flip, before: stage };
}

function moduleOf(file: string, change: EditCase['change']): EditCase {
  const project = loading('{ path: rows.csv }', (to) => to.write('rows.csv', csv));
  project.write(
    'recipe.yaml',
    'name: edits\nstages:\n  s: { uses: ./stages/s.js, with: { file: number.txt } }\n',
  );
  project.write('number.txt', '1000');
  project.write('stages/weight.js', 'export const weight = 3;\n');
  project.write(
    'stages/s.js',
    `import { readFile } from 'node:fs/promises';
import { weight } from './weight.js';
export default {
  name: 's', description: 'Reads.', inputs: {}, output: 'report',
  schema: { type: 'object', additionalProperties: false, properties: { file: { type: 'string' } } },
  async sources(params, place) {
    return [{ param: 'file', files: [{ name: params.file, path: place.resolve(params.file) }] }];
  },
  async run({ sources }) {
    const total = Number(await readFile(sources.file[0].path, 'utf8')) * weight * 1;
    return { artifact: { kind: 'report', metrics: { all: { total } }, files: {} } };
  },
};
`,
  );
  return { name: file, project, file: project.path(file), change };
}

/** A file of the Hub is read where it was downloaded to. */
async function onHub(
  what: string,
  hub: HubServer,
  file: string,
  change: EditCase['change'],
): Promise<EditCase> {
  hub.commit('dataset', 'someone/rows', {
    'README.md':
      '---\nconfigs:\n- config_name: default\n  data_files:\n  - split: left\n    path: data/rows.csv\n---\n',
    'data/rows.csv': csv,
  });
  const project = loading('{ path: someone/rows }', () => undefined);
  project.env = { ...project.env, HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: '' };
  const first = await project.etude('run', 'recipe.yaml');
  if (first.code !== 0) throw new Error(first.stdout + first.stderr);
  const home = join(project.path('huggingface'), 'hub');
  const snapshot = readdirSync(home, { recursive: true })
    .map(String)
    .find((name) => name.includes('snapshots') && name.endsWith(file));
  return { name: `Hub, ${what}`, project, file: realpathSync(join(home, snapshot!)), change };
}
