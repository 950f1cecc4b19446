import type { Pipeline } from '../../recipe/pipeline.js';
import type { Plan } from '../types.js';
import { toDot } from './dot.js';
import { drawingOf } from './drawing.js';
import { toMermaid } from './mermaid.js';
import { toSvg } from './svg.js';
import { toText } from './text.js';

const FORMATS = { text: toText, mermaid: toMermaid, dot: toDot, svg: toSvg };

export type GraphFormat = keyof typeof FORMATS;

/**
 * Draws a pipeline, with what a plan says about each stage if one is given. The text ends with a line break.
 */
export function drawPipeline(pipeline: Pipeline, format: GraphFormat, plan?: Plan): string {
  return FORMATS[format](drawingOf(pipeline, plan));
}
