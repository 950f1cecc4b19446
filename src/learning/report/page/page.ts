import { createHash } from 'node:crypto';
import { escapeText, type Html, html, scriptJson, trusted } from './html.js';
import { STYLE } from './style.js';

/** A page, ready to be put together. */
export interface Page {
  title: string;
  body: Html;
  /** Values for scripts, by the id of their element. */
  data?: Readonly<Record<string, unknown>>;
  /** Scripts of ours, without anything from outside in them. */
  scripts?: readonly string[];
}

/**
 * One file without anything outside it. The policy lets a browser run exactly these scripts and styles, by
 * their hashes, show what is in the file, and load nothing.
 */
export function pageOf({ title, body, data = {}, scripts = [] }: Page): string {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    'media-src data:',
    `style-src ${hash(STYLE)}`,
    `script-src ${scripts.length === 0 ? "'none'" : scripts.map(hash).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const values = Object.entries(data).map(
    ([id, value]) =>
      html`<script type="application/json" id="${id}">${trusted(scriptJson(value))}</script>\n`,
  );
  const { markup } = html`${values}${scripts.map((text) => html`<script>${trusted(text)}</script>\n`)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.markup}
${markup}</body>
</html>
`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
