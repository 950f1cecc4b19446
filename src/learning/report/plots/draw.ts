import type { PlotOptions } from '@observablehq/plot';
import { type Html, plainText, trusted } from '../page/html.js';
import * as Plot from './plot-library.js';

export { Plot };

/** Colours of series, defined by the style sheet for light and dark. */
export const SERIES = ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)', 'var(--s6)'] as const;

/** Small enough to be read on a telephone, where a picture is scaled down to the width of the screen. */
const SIZE = { width: 460, height: 280 };

/** A picture of a plot, as SVG without styles of its own: the page's style sheet has them. */
export function draw(options: PlotOptions, label: string): Html {
  const document = new Plot.DOMImplementation().createDocument(null, 'html', null);
  const svg = Plot.plot({
    document: document as never,
    ...SIZE,
    marginLeft: 48,
    marginBottom: 40,
    ...options,
    className: 'plot',
    style: undefined,
  }) as never as Element;
  for (const style of Array.from(svg.getElementsByTagName('style'))) style.parentNode!.removeChild(style);
  // The whole is one image for a screen reader; its parts must not have names then.
  for (const part of Array.from(svg.getElementsByTagName('*'))) part.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', plainText(label));
  svg.setAttribute('font-size', '12');
  return trusted(new Plot.XMLSerializer().serializeToString(svg as never));
}

interface Element {
  getElementsByTagName(name: string): ArrayLike<Element>;
  readonly parentNode: { removeChild(child: unknown): void } | null;
  removeAttribute(name: string): void;
  setAttribute(name: string, value: string): void;
}
