import { writeLine } from '../../terminal/output.js';
import { terminalLine } from '../../terminal/terminal-text.js';
import { type ProjectCommandOptions, projectOf } from '../open-recipe.js';
import { printJson } from '../print.js';

/** `etude logs RECIPE|RUN STAGE` */
export async function logs(
  what: string,
  stage: string,
  options: ProjectCommandOptions & { json?: boolean; shard?: number },
): Promise<void> {
  const log = await projectOf(options).logs(what, stage, options);
  if (options.json) return printJson(log);
  for (const { job, executor = '', attempt, shard, text } of log.parts) {
    const part = shard === undefined ? '' : `shard ${shard} · `;
    const title = `── ${part}attempt ${attempt} · ${executor} ${job ?? ''}`;
    if (log.parts.length > 1) writeLine(process.stdout, terminalLine(title.trimEnd()));
    process.stdout.write(text);
    if (text !== '' && !text.endsWith('\n')) process.stdout.write('\n');
  }
}
