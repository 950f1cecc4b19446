import { type AnyNode, type Options, type Program, parse, type Token } from 'acorn';
import { sha256 } from '../../../util/sha256.js';
import type { ModuleFacts } from '../../cache/types.js';
import { relativeUrl } from './scan-typescript.js';

/**
 * Digest of a JavaScript module's tokens, and its imports; `undefined` if it does not parse. Comments, white
 * space, quote style, trailing commas and optional semicolons do not count. Semicolons that the grammar
 * inserts count like written ones, so that a line break that changes the meaning (`return⏎x`) changes the
 * digest.
 */
export function scanJavaScript(text: string): ModuleFacts | undefined {
  for (const sourceType of ['module', 'script'] as const) {
    const tokens: [position: number, text: string][] = [];
    const dropped = new Set<number>();
    const options: Options = {
      ecmaVersion: 'latest',
      sourceType,
      allowHashBang: true,
      allowReturnOutsideFunction: sourceType === 'script',
      onToken: (token) => tokens.push([token.start, spelling(token, text)]),
      // Between the token that ends there and the next one.
      onInsertedSemicolon: (end) => tokens.push([end - 0.5, ';']),
      onTrailingComma: (start) => dropped.add(start),
    };
    let program: Program;
    try {
      program = parse(text, options);
    } catch {
      continue;
    }
    const kept = tokens.filter(([position]) => !dropped.has(position)).sort(([a], [b]) => a - b);
    return {
      digest: sha256(kept.map(([, token]) => token).join('\n')),
      imports: [...new Set(importsOf(program))],
    };
  }
  return undefined;
}

function spelling(token: Token, text: string): string {
  return token.type.label === 'string'
    ? JSON.stringify((token as Token & { value: unknown }).value)
    : text.slice(token.start, token.end);
}

/**
 * Specifiers of static and dynamic imports, re-exports, `require`, and files in `new URL('…',
 * import.meta.url)`.
 */
function importsOf(program: Program): string[] {
  const imports: string[] = [];
  const stack: unknown[] = [program];
  while (stack.length > 0) {
    const value = stack.pop();
    if (Array.isArray(value)) stack.push(...value.toReversed());
    if (!isNode(value)) continue;
    const specifier = specifierOf(value);
    if (specifier !== undefined) imports.push(specifier);
    stack.push(...Object.values(value).reverse());
  }
  return imports;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

function specifierOf(node: AnyNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
      return literal(node.source);
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && node.callee.name === 'require')
        return literal(node.arguments[0]);
      return isImportMeta(node.callee, 'resolve') ? literal(node.arguments[0]) : undefined;
    case 'NewExpression': {
      const named = node.callee.type === 'Identifier' && node.callee.name === 'URL';
      const url = named && isImportMeta(node.arguments[1], 'url') ? literal(node.arguments[0]) : undefined;
      return url === undefined ? undefined : relativeUrl(url);
    }
    default:
      return undefined;
  }
}

function literal(node: AnyNode | null | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

function isImportMeta(node: AnyNode | undefined, property: string): boolean {
  return (
    node?.type === 'MemberExpression' &&
    node.object.type === 'MetaProperty' &&
    node.property.type === 'Identifier' &&
    node.property.name === property
  );
}
