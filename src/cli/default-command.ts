import { existsSync } from 'node:fs';

/**
 * Adds the default command: `etude pipelines/x.yaml` and `etude --keep-going x.yaml` mean `etude run …`. A
 * first word that is neither a command nor looks like a recipe is left alone, so that a mistyped command is
 * reported as such.
 */
export function normalizeArguments(args: readonly string[], commands: readonly string[]): string[] {
  const [first] = args;
  if (first === undefined) return ['help'];
  if (commands.includes(first) || ['-h', '--help', '-V', '--version'].includes(first)) return [...args];
  const isOption = first.startsWith('-');
  const isRecipe =
    /\.ya?ml$/i.test(first) || first.includes('/') || first.includes('\\') || existsSync(first);
  return isOption || isRecipe ? ['run', ...args] : [...args];
}
