import type { ASTNode } from '@marcbachmann/cel-js';
import { COLUMNS } from './condition-columns.js';

/** The columns that an expression names, each where it does first, and whether it asks for a clip's level. */
export interface Parts {
  columns: Map<string, ASTNode>;
  usesLevels: boolean;
}

const OPERATORS = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '&&',
  '||',
  '!_',
  '-_',
  '+',
  '-',
  '*',
  '/',
  '%',
  '?:',
  'in',
];
const FUNCTIONS = ['size', 'int', 'double', 'string', 'bool'];
const METHODS = ['startsWith', 'endsWith', 'contains', 'size', 'lowerAscii', 'upperAscii', 'trim'];

/**
 * Reads what an expression is made of, and reports anything but comparisons, arithmetic and a few functions:
 * without loops and patterns, the time that it takes is bounded by its length.
 */
export function partsOf(root: ASTNode, refuse: (node: ASTNode, what: string) => void): Parts {
  const parts: Parts = { columns: new Map(), usesLevels: false };
  const name = (column: string, node: ASTNode) => {
    if (!parts.columns.has(column)) parts.columns.set(column, node);
  };
  const visitAll = (nodes: unknown) => {
    for (const node of [nodes].flat(2)) if (isNode(node)) visit(node);
  };
  const visit = (node: ASTNode): void => {
    const args = node.args as unknown[];
    if (node.op === 'value') {
      if (node.args instanceof Uint8Array) refuse(node, 'bytes');
    } else if (node.op === 'id') {
      if (node.args === COLUMNS) refuse(node, `${COLUMNS} without a column's name in brackets and quotes`);
      else name(String(node.args), node);
    } else if (node.op === '[]') {
      const [of, key] = args as ASTNode[];
      if (of?.op === 'id' && of.args === COLUMNS && key?.op === 'value' && typeof key.args === 'string')
        name(key.args, node);
      else refuse(node, 'brackets after anything but columns');
    } else if (node.op === '.') {
      if (args[1] === 'peak' || args[1] === 'rms') parts.usesLevels = true;
      visitAll(args[0]);
    } else if (node.op === 'call' && FUNCTIONS.includes(String(args[0]))) visitAll(args[1]);
    else if (node.op === 'rcall' && METHODS.includes(String(args[0]))) visitAll(args.slice(1));
    else if (node.op === 'list' || OPERATORS.includes(node.op)) visitAll(node.args);
    else refuse(node, node.op === 'call' || node.op === 'rcall' ? `'${String(args[0])}'` : `'${node.op}'`);
  };
  visit(root);
  return parts;
}

/** What functions and methods there are, for messages. */
export const ALLOWED = [
  ...FUNCTIONS.map((name) => `${name}(x)`),
  ...METHODS.map((name) => `x.${name}(…)`),
].join(', ');

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value;
}
