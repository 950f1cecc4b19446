import { EtudeError } from '../util/errors.js';
import type { Artifact, ArtifactKind } from './artifact.js';
import type { ParameterSchema, ParametersOf } from './parameter-types.js';
import type { Outline, OutlineRequest, StageContext, StageResult, StageType } from './stage-type.js';

type InputKinds = StageType['inputs'];
type ArtifactOf<K extends ArtifactKind> = Extract<Artifact, { kind: K }>;
type OutlineOf<K extends ArtifactKind> = Extract<Outline, { kind: K }>;

/**
 * The input artifacts of a stage, each of its declared kind; one that is optional or `many` may be missing.
 */
export type InputsOf<I extends InputKinds> = {
  readonly [N in keyof I]:
    | ArtifactOf<I[N]['kind']>
    | (I[N] extends { optional: true } | { many: true } ? undefined : never);
};

/** The same before anything has run: what is not known yet is missing. */
export type OutlinesOf<I extends InputKinds> = {
  readonly [N in keyof I]: OutlineOf<I[N]['kind']> | undefined;
};

/** A `StageType` whose functions see inputs of the kinds that it declares. */
export interface StageDefinition<P, I extends InputKinds, K extends ArtifactKind>
  extends Omit<StageType<P>, 'schema' | 'inputs' | 'output' | 'outline' | 'parts' | 'run'> {
  readonly inputs: I;
  readonly output: K;
  /** See `StageType.outline`. */
  outline?(
    request: Omit<OutlineRequest<P>, 'inputs'> & { inputs: OutlinesOf<I> },
  ): Promise<OutlineOf<NoInfer<K>> | undefined> | OutlineOf<NoInfer<K>> | undefined;
  /** See `StageType.parts`. */
  parts?(params: P, inputs: InputsOf<I>): number;
  /** See `StageType.run`. */
  run(
    context: Omit<StageContext<P>, 'inputs'> & { inputs: InputsOf<I> },
  ): Promise<StageResult<ArtifactOf<NoInfer<K>>>>;
}

/**
 * Makes a stage type from a definition. `params` has the type that the JSON Schema (draft-07) describes, in
 * which properties with a default are always present; `inputs` has artifacts of the declared kinds.
 *
 * @example
 * export default defineStage({
 *   name: 'first-rows',
 *   description: 'Keeps the first rows of every split.',
 *   schema: {
 *     type: 'object',
 *     additionalProperties: false,
 *     properties: { rows: { type: 'integer', minimum: 1, default: 100 } },
 *   },
 *   inputs: { dataset: { kind: 'dataset' } },
 *   output: 'dataset',
 *   async run({ params, inputs }) { … },
 * });
 */
export function defineStage<
  const S extends ParameterSchema,
  const I extends InputKinds,
  const K extends ArtifactKind,
>(definition: StageDefinition<ParametersOf<S>, I, K> & { readonly schema: S }): StageType<ParametersOf<S>> {
  return { ...defineBuiltIn<ParametersOf<S>>()(definition), schema: definition.schema };
}

/** The same for a stage type whose schema is in `schemas/stages`: its parameter type is generated. */
export function defineBuiltIn<P>() {
  return <const I extends InputKinds, const K extends ArtifactKind>(
    definition: StageDefinition<P, I, K>,
  ): StageType<P> => ({
    ...definition,
    outline: definition.outline as StageType<P>['outline'],
    parts: definition.parts as StageType<P>['parts'],
    run: async (context) => {
      const declared = declaredInputs(definition, Object.keys(context.inputs));
      return definition.run({ ...context, inputs: inputsOf(declared, context.inputs) as InputsOf<I> });
    },
  });
}

/**
 * The inputs that a stage type declares, and those that it is given in place of one that is `many`; a stage
 * type that takes a list has as many as it is given.
 */
export function declaredInputs(
  { inputs, inputList: kind }: Pick<StageType, 'inputs' | 'inputList'>,
  given: readonly string[],
): StageType['inputs'] {
  if (kind !== undefined) return Object.fromEntries(given.map((name) => [name, { kind }]));
  const many = Object.entries(inputs).find(([, input]) => input.many);
  const others = given.filter((name) => !Object.hasOwn(inputs, name));
  if (many === undefined || others.length === 0) return inputs;
  const [name, input] = many;
  const repeated = Object.fromEntries(others.map((other) => [other, { kind: input.kind }]));
  return { ...inputs, [name]: { ...input, optional: true }, ...repeated };
}

/**
 * The declared inputs. What an earlier stage left out of a dataset is reported by that stage, and would be
 * reported again with a result derived from it.
 */
function inputsOf<I extends InputKinds>(declared: I, given: Record<string, Artifact>): InputsOf<I> {
  const inputs: Record<string, Artifact> = {};
  for (const [name, { kind, optional }] of Object.entries(declared)) {
    const artifact = given[name];
    if (artifact === undefined && optional) continue;
    if (artifact?.kind !== kind)
      throw new EtudeError(`input '${name}' is not a ${kind}`, {
        expected: `a ${kind}`,
        got: artifact?.kind ?? 'nothing',
      });
    const { skipped: _, ...rest } = artifact as Artifact & { skipped?: unknown };
    inputs[name] = rest;
  }
  return inputs as unknown as InputsOf<I>;
}
