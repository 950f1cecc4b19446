/**
 * The rooms of `src` and what each may import, according to `src/rooms.json`; and their table in
 * CONTRIBUTING.md.
 *
 *   npm run rooms writes the table again
 */
import { readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Room {
  /** Folder below `src`, or `stages`. */
  room: string;
  /** What it contains. */
  holds: string;
  /** Rooms that its files may import, including types. All of them are further down the list. */
  imports: string[];
}

/** An import of one file by another, both relative to the root of the repository. */
export interface Import {
  from: string;
  to: string;
}

/** Where the sources are, even if this file runs from where it was compiled to. */
export const ROOT = dirname(realpathSync(fileURLToPath(new URL('../package.json', import.meta.url))));
const CODE = ['src', 'stages'];

/** The rooms, in the order of the list. */
export function readRooms(root = ROOT): Room[] {
  return JSON.parse(readFileSync(join(root, 'src/rooms.json'), 'utf8')) as Room[];
}

/** The TypeScript files of `src` and `stages`, relative to the root of the repository. */
export function sourceFiles(root = ROOT): string[] {
  return CODE.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      posix.join(folder, name.replaceAll('\\', '/')),
    ),
  ).filter((name) => /(?<!\.d)\.[mc]?tsx?$/.test(name));
}

/** Every relative import in `src` and `stages`: static, dynamic, of types, and of workers. */
export function readImports(root = ROOT): Import[] {
  return sourceFiles(root).flatMap((from) =>
    specifiersOf(from, readFileSync(join(root, from), 'utf8')).flatMap((specifier) => {
      const to = resolveImport(root, from, specifier);
      return to === undefined ? [] : [{ from, to }];
    }),
  );
}

/** Relative specifiers that a module names. */
export function specifiersOf(name: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    let named: ts.Node | undefined;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named = node.moduleSpecifier;
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named = node.argument.literal;
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      named = node.arguments[0];
    else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') named = node.arguments?.[0];
    if (named !== undefined && ts.isStringLiteralLike(named) && named.text.startsWith('.'))
      found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return found;
}

function resolveImport(root: string, from: string, specifier: string): string | undefined {
  const base = posix.join(dirname(from), specifier);
  const candidates = [base, ...['.ts', '.tsx', '.cts', '.mts'].map((end) => base.replace(/\.[mc]?js$/, end))];
  return candidates.find((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

/** The room of a file: the longest folder in the list that contains it. */
export function roomOf(file: string, rooms: readonly Room[]): string | undefined {
  const path = file.replace(/^src\//, '');
  return rooms
    .map(({ room }) => room)
    .filter((room) => path.startsWith(`${room}/`) || path === room)
    .sort((one, other) => other.length - one.length)[0];
}

/**
 * Violations of the rules, one sentence each: imports that are not allowed, files outside of rooms, and
 * allowances that nothing uses.
 */
export function breaches(imports: readonly Import[], rooms: readonly Room[]): string[] {
  const found: string[] = [];
  const used = new Set<string>();
  for (const { from, to } of imports) {
    const [room, other] = [roomOf(from, rooms), roomOf(to, rooms)];
    if (room === undefined) found.push(`${from} is in no room`);
    else if (other === undefined) found.push(`${to} is in no room`);
    else if (room !== other) {
      used.add(`${room} ${other}`);
      const allowed = rooms.find((each) => each.room === room)!.imports;
      if (!allowed.includes(other)) found.push(`${from} imports ${to}: ${room} may not import ${other}`);
    }
  }
  const order = rooms.map(({ room }) => room);
  for (const { room, imports: allowed } of rooms) {
    for (const other of allowed) {
      if (order.indexOf(other) <= order.indexOf(room)) found.push(`${other} is not below ${room}`);
      else if (!used.has(`${room} ${other}`)) found.push(`${room} may import ${other}, but does not`);
    }
  }
  return found;
}

/** Import cycles, one list of files each. */
export function circles(imports: readonly Import[]): string[][] {
  const below = groupByFile(imports);
  const found: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): void => {
    state.set(file, 'open');
    path.push(file);
    for (const next of below.get(file) ?? []) {
      if (state.get(next) === 'open') found.push(path.slice(path.indexOf(next)));
      else if (!state.has(next)) visit(next);
    }
    path.pop();
    state.set(file, 'done');
  };
  for (const file of below.keys()) if (!state.has(file)) visit(file);
  return found;
}

function groupByFile(imports: readonly Import[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { from, to } of imports) groups.set(from, [...(groups.get(from) ?? []), to]);
  return groups;
}

const [BEGIN, END] = ['<!-- rooms -->', '<!-- /rooms -->'];

/** A page with the table of rooms between its two marks. */
export function withTable(page: string, rooms: readonly Room[]): string {
  const rows = rooms.map(({ room, holds, imports }) => {
    const folder = room === 'stages' || room.endsWith('.ts') ? room : `src/${room}`;
    return `| \`${folder}\` | ${holds} | ${imports.join(', ') || 'nothing'} |`;
  });
  const table = ['| room | what lives there | may import |', '| --- | --- | --- |', ...rows].join('\n');
  const [begin, end] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  return `${page.slice(0, begin)}\n${table}\n${page.slice(end)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(ROOT, 'CONTRIBUTING.md');
  writeFileSync(file, withTable(readFileSync(file, 'utf8'), readRooms()));
}
