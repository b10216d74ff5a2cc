import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InvalidInputError } from "ockham";
import { npyHeader, safetensorsHeader, writeAtomically } from "ockham/io";
import type { OperatorGroup, OperatorWork } from "ockham/pde";

export type ElementType = "float32" | "float64";

/** What a data set is made of; a call with the same request goes on with an unfinished one. */
export interface DatasetRequest {
  readonly format: "npy" | "safetensors";
  readonly dtype: ElementType;
  readonly shape: readonly [count: number, rows: number, cols: number];
  /** The name of a safetensors file, and what else the pairs depend on. */
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** State beside unfinished files: which groups they hold. */
interface State {
  readonly request: DatasetRequest;
  readonly groups: readonly { readonly group: number; readonly hash: string; readonly work: OperatorWork }[];
}

const stateName = "unfinished.json";
const tensors = ["inputs", "outputs"] as const;

/**
 * The files of a data set while they are written in parts: under names that end in `.part`, at their final size, with a
 * state file that says which groups are in. A group counts only once its bytes are on the disk.
 */
export class DatasetFiles {
  readonly #folder: string;
  readonly #request: DatasetRequest;
  readonly #files: Readonly<
    Record<(typeof tensors)[number], { readonly name: string; readonly start: number }>
  >;
  #groups: State["groups"][number][];
  #lock: Promise<void> = Promise.resolve();

  private constructor(folder: string, request: DatasetRequest, groups: State["groups"]) {
    this.#folder = folder;
    this.#request = request;
    this.#groups = [...groups];
    this.#files = layoutOf(request);
  }

  /** Goes on with what an interrupted call with the same request left, or begins. */
  static async open(folder: string, request: DatasetRequest): Promise<DatasetFiles> {
    await mkdir(folder, { recursive: true });
    const text = await readFile(join(folder, stateName), "utf8").catch(() => undefined);
    if (text !== undefined) {
      const state = JSON.parse(text) as State;
      if (JSON.stringify(state.request) !== JSON.stringify(request))
        throw new InvalidInputError(
          "options.out",
          `${folder} holds an unfinished data set of other options; finish it with those, or remove ${stateName} and the .part files`,
        );
      return new DatasetFiles(folder, request, state.groups);
    }
    const files = new DatasetFiles(folder, request, []);
    for (const { name } of files.#named()) {
      if (
        await stat(join(folder, name)).then(
          () => true,
          () => false,
        )
      )
        throw new InvalidInputError("options.out", `${join(folder, name)} exists already`);
    }
    await files.#create();
    return files;
  }

  has(group: number): boolean {
    return this.#groups.some((known) => known.group === group);
  }

  get pairs(): number {
    return this.#groups.reduce((sum, { work }) => sum + work.pairs, 0);
  }

  get work(): readonly OperatorWork[] {
    return [...this.#groups].sort((a, b) => a.group - b.group).map(({ work }) => work);
  }

  /** Hash of the pairs, whatever the format and the order in which groups came. */
  get hash(): string {
    const hash = createHash("sha256");
    for (const { hash: part } of [...this.#groups].sort((a, b) => a.group - b.group)) hash.update(part);
    return hash.digest("hex");
  }

  /** Puts a group's pairs in their place. */
  write(group: OperatorGroup): Promise<void> {
    // One after the other: the state file is rewritten for each.
    this.#lock = this.#lock.then(() => this.#write(group));
    return this.#lock;
  }

  /** Gives the files their names. Returns them. */
  async finish(): Promise<readonly string[]> {
    const names = this.#named().map(({ name }) => name);
    for (const name of names) await rename(join(this.#folder, `${name}.part`), join(this.#folder, name));
    await rm(join(this.#folder, stateName), { force: true });
    return names;
  }

  async #write({ group, first, inputs, outputs, work }: OperatorGroup): Promise<void> {
    const { dtype, shape } = this.#request;
    const elementBytes = dtype === "float32" ? 4 : 8;
    const hash = createHash("sha256");
    for (const [tensor, values] of [
      ["inputs", inputs],
      ["outputs", outputs],
    ] as const) {
      const data = dtype === "float32" ? Float32Array.from(values) : values;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      hash.update(bytes);
      const { name, start } = this.#files[tensor];
      const file = await open(join(this.#folder, `${name}.part`), "r+");
      try {
        await file.write(bytes, 0, bytes.length, start + first * shape[1] * shape[2] * elementBytes);
        await file.datasync();
      } finally {
        await file.close();
      }
    }
    this.#groups.push({ group, hash: hash.digest("hex"), work });
    await this.#keepState();
  }

  async #create(): Promise<void> {
    const { dtype, shape } = this.#request;
    const bytes = shape[0] * shape[1] * shape[2] * (dtype === "float32" ? 4 : 8);
    for (const { name, header } of this.#named()) {
      const file = await open(join(this.#folder, `${name}.part`), "w");
      try {
        await file.write(header);
        await file.truncate(header.length + (this.#request.format === "npy" ? bytes : 2 * bytes));
      } finally {
        await file.close();
      }
    }
    await this.#keepState();
  }

  #keepState(): Promise<void> {
    const state: State = { request: this.#request, groups: this.#groups };
    return writeAtomically(join(this.#folder, stateName), (file) => file.write(JSON.stringify(state)));
  }

  #named(): readonly { readonly name: string; readonly header: Uint8Array }[] {
    const { format, dtype, shape } = this.#request;
    if (format === "npy")
      return tensors.map((tensor) => ({ name: `${tensor}.npy`, header: npyHeader(dtype, shape) }));
    return [{ name: `${this.#request.name}.safetensors`, header: headerOf(this.#request) }];
  }
}

function headerOf({ dtype, shape, settings }: DatasetRequest): Uint8Array {
  const entry = { dtype, shape };
  return safetensorsHeader({ inputs: entry, outputs: entry }, { settings: JSON.stringify(settings) }).header;
}

/** Where the data of each tensor begins. */
function layoutOf(
  request: DatasetRequest,
): Readonly<Record<(typeof tensors)[number], { readonly name: string; readonly start: number }>> {
  const { format, dtype, shape, name } = request;
  if (format === "npy") {
    const start = npyHeader(dtype, shape).length;
    return { inputs: { name: "inputs.npy", start }, outputs: { name: "outputs.npy", start } };
  }
  // Of one type, so in the order of their names.
  const start = headerOf(request).length;
  const bytes = shape[0] * shape[1] * shape[2] * (dtype === "float32" ? 4 : 8);
  const file = `${name}.safetensors`;
  return { inputs: { name: file, start }, outputs: { name: file, start: start + bytes } };
}
