/** The part of JSON Schema (draft-07) that says what type a value has; other keywords are free. */
export interface ParameterSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: ParameterSchema;
  readonly properties?: Readonly<Record<string, ParameterSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ParameterSchema;
  readonly anyOf?: readonly ParameterSchema[];
  readonly oneOf?: readonly ParameterSchema[];
  readonly default?: unknown;
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

/**
 * The type of the values that a JSON Schema accepts, after defaults: properties that are required or have a
 * default are always present. What the schema says in other ways (`allOf`, `$ref`, …) is `unknown`. The
 * library json-schema-to-ts supports more of JSON Schema, but TypeScript rejects it as infinite if the type
 * determines what a function of the same object receives.
 */
export type ParametersOf<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer O)[] } | { readonly oneOf: readonly (infer O)[] }
      ? ParametersOf<O>
      : S extends { readonly type: infer T }
        ? TypeNamed<T, S>
        : unknown;

type TypeNamed<T, S> = T extends readonly (infer E)[]
  ? TypeNamed<E, S>
  : T extends 'string'
    ? string
    : T extends 'number' | 'integer'
      ? number
      : T extends 'boolean'
        ? boolean
        : T extends 'null'
          ? null
          : T extends 'array'
            ? (S extends { readonly items: infer I } ? ParametersOf<I> : unknown)[]
            : T extends 'object'
              ? Properties<S>
              : unknown;

type Properties<S> = S extends { readonly properties: infer P }
  ? Flat<
      { [K in keyof P as K extends Present<S, P> ? K : never]: ParametersOf<P[K]> } & {
        [K in keyof P as K extends Present<S, P> ? never : K]?: ParametersOf<P[K]>;
      }
    >
  : Record<
      string,
      S extends { readonly additionalProperties: infer A extends object } ? ParametersOf<A> : unknown
    >;

type Present<S, P> =
  | { [K in keyof P]: P[K] extends { readonly default: unknown } ? K : never }[keyof P]
  | (S extends { readonly required: readonly (infer R)[] } ? R : never);

/** Expands the type as editors show it. */
type Flat<T> = { [K in keyof T]: T[K] };
