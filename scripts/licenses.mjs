import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** ONNX Runtime's: its packages do not contain it. */
const ONNX_RUNTIME = join('vendor', 'LICENSE');

/** The licences of the packages that these files are from, with their texts. */
export function licenses(files) {
  const folders = new Set(
    files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  return [...folders]
    .sort()
    .map(license)
    .join(`\n${'-'.repeat(72)}\n\n`);
}

function license(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const path =
    file === undefined ? (/[\\/]onnxruntime-/.test(folder) ? ONNX_RUNTIME : undefined) : join(folder, file);
  const text = path === undefined ? '' : `\n${readFileSync(path, 'utf8').trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
}
