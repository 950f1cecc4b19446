import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesIn } from '../../src/serve/http/multipart.js';

const CONTENT = '\0\r\n-- \xff';
const FILE = 'Content-Disposition: form-data; name="f"; filename="a.wav"';
const read = (body: string, type = 'boundary=a', maxFiles = 3) => {
  const { files, fields } = filesIn(Buffer.from(body, 'latin1'), `multipart/form-data; ${type}`, maxFiles);
  return { files: files.map((file) => Buffer.from(file).toString('latin1')), fields };
};

test('parts are read as any client writes them', () => {
  const heads = [
    FILE,
    // .NET
    "Content-Type: audio/wav\r\nContent-Disposition: form-data; name=f; filename=a.wav; filename*=utf-8''a.wav",
    // httpx
    `content-disposition:form-data;name="f";filename*="UTF-8''%C3%A4"\r\nContent-Transfer-Encoding: binary`,
    'Content-Disposition: form-data; name="f"; filename="a\\"; \x1b]0;\xff.wav" ',
    'Content-Disposition: form-data; filename=""; name=""',
    // Axios, of bytes
    'Content-Disposition: form-data; name="f"\r\nContent-Type: application/octet-stream',
  ];
  for (const head of heads)
    assert.deepEqual(
      read(`--a\r\n${head}\r\n\r\n${CONTENT}\r\n--a--`),
      { files: [CONTENT], fields: [] },
      head,
    );
  const field = 'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=top_k';
  const both = `--a\r\n${field}\r\n\r\n3\r\n--a\r\n${FILE}\r\n\r\n\r\n--a--\r\n`;
  for (const body of [both, `preamble\r\n${both}epilogue`, both.replaceAll('--a\r\n', '--a \t\r\n')])
    assert.deepEqual(read(body), { files: [''], fields: [['top_k', '3']] });
  const mark = "a b'()+_,-./:=?".padEnd(70, 'x');
  for (const [type, used] of [
    [`charset=x; Boundary="${mark}"`, mark],
    ['boundary=a.b; charset=x', 'a.b'],
  ] as const)
    assert.deepEqual(read(`--${used}\r\n${FILE}\r\n\r\nx\r\n--${used}--\r\n`, type).files, ['x']);
});

test('a damaged form is refused', () => {
  const part = `--a\r\n${FILE}\r\n\r\nx\r\n`;
  for (const body of [
    '',
    'x',
    '--a',
    '--a\r\n',
    part,
    `${part}--a`,
    `${part}--ab\r\n`,
    `${part}--a\r\n--a--`,
    `--a\r\n\r\nx\r\n--a--`,
    `--a\r\n${FILE}\r\nx\r\n--a--`,
    `--a\r\nContent-Disposition: attachment; name="f"; filename="a"\r\n\r\nx\r\n--a--`,
    `--a\r\nContent-Disposition: form-data; filename="a\r\n\r\nx\r\n--a--`,
    `--a\r\n${FILE}\r\nX: ${'x'.repeat(5000)}\r\n\r\nx\r\n--a--`,
  ])
    assert.throws(() => read(body), { status: 400, message: /damaged, or does not end/ }, body.slice(0, 99));
  for (const type of ['', 'boundary=', 'boundary=""', `boundary=${'a'.repeat(71)}`, 'xboundary=a'])
    assert.throws(() => read(`${part}--a--`, type), { status: 400, message: /no boundary/ }, type);
  assert.throws(() => read('--a--'), { status: 400, message: /no files/ });
  assert.throws(() => read(`${part.repeat(4)}--a--`), { status: 413, message: /at most 3/ });
  const field = '--a\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n';
  assert.throws(() => read(`${field.repeat(9)}--a--`), { status: 400, message: /more than 8 parts/ });
});
