import type { Features } from '../../../stage/artifact.js';
import type { Report } from '../name-problems.js';

/** Which clip a window is of: a digest of its content. Windows of one clip have the same. */
export const CLIP_COLUMN = 'clip';

/** Where a window begins in its clip, in seconds. */
export const START_COLUMN = 'start';

const added: Features = {
  [CLIP_COLUMN]: { _type: 'Value', dtype: 'string' },
  [START_COLUMN]: { _type: 'Value', dtype: 'float64' },
};

/** The features of a dataset of windows; `undefined` after a reported problem. */
export function windowFeatures(features: Features, report: Report): Features | undefined {
  const taken = Object.keys(added).filter((name) => Object.hasOwn(features, name));
  for (const name of taken)
    report({
      param: [],
      message: `the dataset already has a column '${name}'`,
      expected: `no column ${Object.keys(added).join(' or ')}, which window adds`,
      hint: 'The stage types rename and remove-columns make room for it.',
    });
  return taken.length > 0 ? undefined : { ...features, ...added };
}

/** Whether a dataset has rows that are windows. */
export function hasWindows(features: Features): boolean {
  return Object.entries(added).every(([name, feature]) => {
    const found = features[name];
    return found?._type === 'Value' && feature._type === 'Value' && found.dtype === feature.dtype;
  });
}

/** The content of a clip, without the number that tells clips of equal content apart. */
export function contentOf(clip: string): string {
  return clip.replace(/#\d+$/, '');
}

/** Names of clips, the second clip of a content numbered `#2`, and so on. */
export class ClipNames {
  readonly #seen = new Map<string, number>();

  next(content: string): string {
    const count = (this.#seen.get(content) ?? 0) + 1;
    this.#seen.set(content, count);
    return count === 1 ? content : `${content}#${count}`;
  }
}
