import type { OutlineProblem } from '../../../stage/stage-type.js';
import { suggest } from '../../../util/suggest.js';
import type { ModelConfig } from '../config.js';
import { type EntryPoint, namesBelow } from '../entry-point.js';
import { familyOf } from '../families/index.js';
import { classifierParameters } from '../parameters.js';
import type { LoraParams } from './lora-config.js';

/** The parts of a model that LoRA trains. */
export interface LoraLayout {
  /** Linear layers with an adapter. */
  layers: string[];
  /** `target_modules` by which PEFT finds these layers and no others. */
  targets: string[];
  /** The `modules_to_save` that the model has. */
  modules: string[];
  /** Parameters of `modules_to_save`, including frozen ones. */
  saved: string[];
}

/**
 * Resolves `target_modules` and `modules_to_save` as PEFT does, and reports every name in them that matches
 * nothing.
 *
 * @param frozen The point below which everything is frozen.
 */
export function layOutLora(
  { target_modules: targets, modules_to_save: given }: Pick<LoraParams, 'target_modules' | 'modules_to_save'>,
  config: ModelConfig,
  frozen: EntryPoint,
): LoraLayout & { problems: OutlineProblem[] } {
  const names = classifierParameters(config, 2).map(({ name }) => name);
  // It is there by default; AST has none.
  const modules = given.filter((module) => module !== 'projector' || familyOf(config).head === undefined);
  const below = new Set(namesBelow(frozen, names, config));
  const saved = names.filter((name) => modulesAround(name).some(isAny(modules)));
  const kept = new Set(saved);
  const all = linearLayers(config);
  const linear = all.filter((layer) => !below.has(`${layer}.weight`));
  const free = linear.filter((layer) => !kept.has(`${layer}.weight`));
  const layers = targets === 'all-linear' ? free : free.filter(isAny(targets));
  const isPlain =
    targets !== 'all-linear' && !all.some((layer) => below.has(`${layer}.weight`) && isAny(targets)(layer));

  const problems: OutlineProblem[] = [];
  const problem = (param: 'target_modules' | 'modules_to_save', index: number, message: string, more = {}) =>
    problems.push({ param: ['peft', param, index], message, ...more });
  if (targets === 'all-linear' && free.length === 0)
    problems.push({ param: ['peft', 'target_modules'], message: 'no linear layer is left to adapt' });
  (targets === 'all-linear' ? [] : targets).forEach((target, index) => {
    const isIt = isAny([target]);
    if (free.some(isIt)) return;
    if (linear.some(isIt))
      problem('target_modules', index, `'${target}' is in modules_to_save, so it is trained in full`);
    else if (all.some(isIt)) problem('target_modules', index, `all layers called '${target}' are frozen`);
    else {
      const message = `no linear layer of the model is called '${target}'`;
      problem('target_modules', index, message, choice(target, free));
    }
  });
  const modulesOf = (parameters: readonly string[]) => [...new Set(parameters.flatMap(modulesAround))];
  const trainable = modulesOf(names.filter((name) => !below.has(name)));
  modules.forEach((module, index) => {
    if (trainable.some(isAny([module]))) return;
    if (modulesOf(names).some(isAny([module]))) problem('modules_to_save', index, `'${module}' is frozen`);
    else {
      const message = `no module of the model is called '${module}'`;
      problem('modules_to_save', index, message, choice(module, trainable));
    }
  });
  return { layers, targets: isPlain ? targets : layers, modules, saved, problems };
}

/** Whether one of the names is a module's name, or the end of it. */
function isAny(names: readonly string[]): (module: string) => boolean {
  return (module) => names.some((name) => module === name || module.endsWith(`.${name}`));
}

/** The modules that contain a parameter, outermost first. */
function modulesAround(parameter: string): string[] {
  const parts = parameter.split('.').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/** All linear layers that an adapter changes in PEFT, too. */
function linearLayers(config: ModelConfig): string[] {
  const specs = classifierParameters(config, 2);
  const names = new Set(specs.map(({ name }) => name));
  return (
    specs
      .filter(({ name, shape }) => shape.length === 2 && name.endsWith('.weight'))
      .map(({ name }) => name.slice(0, -'.weight'.length))
      .filter((layer) => names.has(`${layer}.bias`) || /\.(linear_pos|[qkv]_proj)$/.test(layer))
      // WavLM uses the weights of these layers directly, bypassing PEFT's adapters.
      .filter((layer) => familyOf(config).attention === undefined || !layer.includes('.attention.'))
  );
}

/** What may have been meant, by the last part of the names. */
function choice(name: string, modules: readonly string[]): Partial<OutlineProblem> {
  const ends = [...new Set(modules.map((module) => module.split('.').at(-1)!))];
  const words = ends.filter((end) => !/^\d+$/.test(end)).sort();
  return {
    expected: words.length === 0 ? undefined : `one of ${words.join(', ')}`,
    suggestion: suggest(name, words),
  };
}
