import { type Asked, askJson } from './ask-json.js';
import { redact } from './hub-error.js';

/** What the Hub says of a card, in its own words. */
export interface CardVerdict {
  errors: string[];
  warnings: string[];
}

/** Asks the Hub whether it can read the metadata of a card (`README.md`), as `huggingface_hub` does. */
export async function validateCard(asked: Asked, content: string): Promise<CardVerdict> {
  const body = { content, repoType: asked.repository.type };
  const answer = await askJson(asked, '/api/validate-yaml', { body, accepted: [400, 404] });
  // A mirror may not have it.
  if (answer.status === 404) return { errors: [], warnings: [] };
  const messagesOf = (list: unknown) =>
    (Array.isArray(list) ? list : []).map((one: { message?: unknown } | null) =>
      redact(String(one?.message ?? 'invalid'), asked.settings).slice(0, 500),
    );
  const errors = messagesOf(answer.body.errors);
  if (answer.status === 400 && errors.length === 0) errors.push('invalid metadata');
  return { errors, warnings: messagesOf(answer.body.warnings) };
}
