import type { ObjectRef } from '../../../stage/artifact.js';
import type { Derivation, DerivedFrom } from '../../../stage/derivation.js';
import { findBuiltIn } from '../../../stage/find-stage-type.js';
import type { Objects } from '../../../stage/stage-type.js';
import { messageOf } from '../../../util/errors.js';
import { sha256 } from '../../../util/sha256.js';
import { DamagedObjectError } from '../damaged-object-error.js';
import type { CheckOptions } from '../types.js';
import type { DerivationRecords } from './derivation-records.js';
import type { DerivedFiles } from './derived-files.js';

/** Objects that others are made from. */
interface Inputs extends Pick<Objects, 'read'> {
  check(ref: ObjectRef, options?: CheckOptions): Promise<string | undefined>;
}

interface Made extends ObjectRef {
  bytes: Uint8Array;
}

/**
 * Objects that are a cheap function of others and are therefore not stored; only how they are made is.
 * Reading one makes its bytes again and checks their hash against its name.
 */
export class DerivedObjects {
  readonly records: DerivationRecords;
  readonly #files: DerivedFiles;
  readonly #inputs: Inputs;
  /** Objects being made, by derivation. */
  readonly #making = new Map<string, Promise<Map<string, Made>>>();

  constructor(records: DerivationRecords, files: DerivedFiles, inputs: Inputs) {
    this.records = records;
    this.#files = files;
    this.#inputs = inputs;
  }

  /** Records how the object is made, and keeps the bytes while they are in use. */
  async put(ref: ObjectRef, bytes: readonly Uint8Array[], from: DerivedFrom): Promise<void> {
    await this.#files.keep(ref, bytes);
    await this.records.add(ref, from);
  }

  /** What is wrong with an object that is not stored; `undefined` where it can be had. */
  async check(ref: ObjectRef, options: CheckOptions = {}): Promise<string | undefined> {
    const inputs = await this.records.inputsOf(ref);
    if (inputs === undefined) return 'missing';
    for (const input of inputs) {
      const problem = await this.#inputs.check(input, options);
      if (problem !== undefined)
        return `derived from ${input.digest.slice(0, 12)}, which is damaged: ${problem}`;
    }
    if (!options.verify) return undefined;
    try {
      await this.#make(ref, (await this.records.read(ref))!);
      return undefined;
    } catch (error) {
      if (error instanceof DamagedObjectError) return error.problem;
      throw error;
    }
  }

  has({ digest }: ObjectRef): boolean {
    return this.records.find(digest) !== undefined;
  }

  async read(ref: ObjectRef): Promise<Uint8Array> {
    const from = await this.records.read(ref);
    if (from === undefined) throw new DamagedObjectError(ref, 'missing');
    return (await this.#files.read(ref)) ?? (await this.#make(ref, from));
  }

  async pathOf(ref: ObjectRef): Promise<string> {
    const found = await this.#files.find(ref);
    if (found !== undefined) return found;
    await this.read(ref);
    const path = await this.#files.find(ref);
    if (path === undefined) throw new DamagedObjectError(ref, 'recomputed, and missing again');
    return path;
  }

  /** A path where the bytes of an object can be read from while they are in use. */
  async lend(ref: ObjectRef, bytes: Uint8Array): Promise<string> {
    const found = await this.#files.find(ref);
    if (found !== undefined) return found;
    await this.#files.keep(ref, [bytes]);
    return (await this.#files.find(ref))!;
  }

  async discard({ digest }: ObjectRef): Promise<void> {
    await this.records.remove(digest);
  }

  /** Makes an object again, along with what is made with it. */
  async #make(ref: ObjectRef, { derivation, output }: DerivedFrom): Promise<Uint8Array> {
    const key = sha256(JSON.stringify(derivation));
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#derive(ref, derivation).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    const made = (await making).get(output);
    if (made?.digest === ref.digest) return made.bytes;
    await this.discard(ref);
    throw new DamagedObjectError(ref, 'recomputing it gives other bytes');
  }

  async #derive(ref: ObjectRef, derivation: Derivation): Promise<Map<string, Made>> {
    const { type } = (await findBuiltIn(derivation.uses)) ?? {};
    if (type?.derive === undefined)
      throw new DamagedObjectError(ref, `'${derivation.uses}' does not make it`);
    const inputs: Record<string, Uint8Array> = {};
    for (const [role, input] of Object.entries(derivation.inputs))
      inputs[role] = await this.#inputs.read(input.ref);
    const made = new Map<string, Made>();
    try {
      for (const [output, bytes] of Object.entries(await type.derive(derivation, inputs)))
        made.set(output, { digest: sha256(bytes), size: bytes.byteLength, bytes });
    } catch (error) {
      await this.discard(ref);
      throw new DamagedObjectError(ref, `cannot be recomputed: ${messageOf(error)}`);
    }
    // If the disk is full, what was made is used from memory.
    for (const one of made.values()) await this.#files.keep(one, [one.bytes]).catch(() => undefined);
    return made;
  }
}
