/**
 * Compiles the WebAssembly sources, `src/**` + `/NAME.wat`, to modules that carry the bytes, `NAME-wasm.ts` beside them (`npm run wasm`).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The WebAssembly sources of Etude. */
export function wasmSources(): string[] {
  return readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wat'))
    .map((name) => `${root}src/${name}`);
}

/** Where the compiled form of a source is kept. */
export function compiledPath(source: string): string {
  return source.replace(/\.wat$/, '-wasm.ts');
}

/** The module that carries a source's compiled form. */
export async function compile(source: string): Promise<string> {
  const name = source.split(/[\\/]/).at(-1)!;
  const parsed = (await wabt()).parseWat(name, readFileSync(source, 'utf8'), { simd: true });
  try {
    parsed.validate();
    const bytes = Buffer.from(parsed.toBinary({}).buffer);
    return `/** \`${name}\`, compiled by \`npm run wasm\`. */\nexport default Buffer.from(\n  '${bytes.toString('base64')}',\n  'base64',\n);\n`;
  } finally {
    parsed.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const source of wasmSources()) writeFileSync(compiledPath(source), await compile(source));
}
