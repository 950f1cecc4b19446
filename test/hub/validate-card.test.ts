import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { hubSettings } from '../../src/hub/settings.js';
import { validateCard } from '../../src/hub/validate-card.js';

test('what a server says of a card is passed on, without the token that it was sent', async (t) => {
  const server = createServer((request, response) => {
    const message = `you sent ${request.headers.authorization}`;
    response.writeHead(400).end(JSON.stringify({ errors: [{ message }, null], warnings: [{ message }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = hubSettings({ HF_ENDPOINT: endpoint, HF_TOKEN: 'hf_s3cret' });
  const verdict = await validateCard({ repository: { type: 'model', id: 'me/x' }, settings }, '---\n---\n');
  const said = 'you sent Bearer (token)';
  assert.deepEqual(verdict, { errors: [said, 'invalid'], warnings: [said] });
});
