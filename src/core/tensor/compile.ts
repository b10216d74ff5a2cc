import { defaultThreads, loadRuntime } from "#tensor-runtime";
import { arrayOf, type NdArray, sizeOf } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { reachable } from "./ir.ts";
import { lower } from "./lower.ts";
import type { Device, Session, SessionOptions } from "./runtime.ts";
import type { Tensor, TensorLike } from "./tensor.ts";
import { fillSources, trace } from "./trace.ts";
import { describe } from "./tree.ts";
import type { Type } from "./type.ts";

export interface CompileOptions {
  /**
   * Top-level keys of the result whose arrays are written into two sets of buffers in turn instead of new
   * memory: the state of a training loop. A donated array keeps its values through the next call and may be
   * overwritten by the one after it, so copy what is to be kept longer. Arrays that are fed, and those of calls
   * under way, are never written to. Default: none.
   */
  readonly donate?: readonly string[];
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads within an operation; default all cores, one inside a worker thread. Only for `cpu`. */
  readonly threads?: number;
}

/** What a traced argument looks like from outside: arrays, or numbers (passed as float64 scalars). */
export type Arrays<T> = T extends Tensor
  ? NdArray | number
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { [K in keyof T]: Arrays<T[K]> }
      : T;

/** What a traced result looks like from outside. */
export type Results<T> = T extends Tensor
  ? NdArray
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { [K in keyof T]: Results<T[K]> }
      : T;

/** A function compiled by {@link compile}. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [K in keyof A]: Arrays<A[K]> }): Promise<Results<R>>;
  /** How often the function was traced: once for each structure and types of arguments. */
  readonly traces: number;
  /** The function that was compiled. */
  readonly source: (...args: A) => R;
  /** Frees the memory of all graphs once the calls under way are done; calls afterwards are refused. */
  dispose(): Promise<void>;
}

interface Entry {
  /** Places, among the leaves of the arguments, of those the graph reads. */
  readonly inputs: readonly number[];
  readonly outputs: readonly Type[];
  readonly result: unknown;
  readonly session: Session | undefined;
  /** Outputs below a donated key. */
  readonly donated: ReadonlySet<number>;
  /** Sets of arrays for the donated outputs, the one written last at the end. */
  readonly buffers: BufferSet[];
  /** Those that calls under way write to. */
  readonly busy: Set<BufferSet>;
}

/** An array for each donated output, undefined for the others. */
type BufferSet = readonly (NdArray | undefined)[];

/**
 * Turns a function of tensors into one of arrays that runs as a graph at native speed. The function is
 * traced at the first call, and again only when the structure of the arguments or a shape or element type
 * changes (`traces` counts). While the graph runs it holds the thread: keep one call well under a second and
 * loop outside.
 *
 * Arguments and result are trees: plain objects and arrays with NdArrays as leaves. Numbers among the
 * arguments become float64 scalars, so a changed number does not retrace; other values (texts, booleans)
 * belong to the structure. Arrays that the function closes over become constants of the graph.
 *
 * ```ts
 * const step = compile((w: Tensor, x: Tensor) => x.matmul(w).tanh().sum());
 * const total = await step(w, x); // NdArrays in and out
 * ```
 *
 * @throws InvalidInputError from the trace, with the line at fault.
 */
export function compile<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  requireKnownOptions("options", options, ["donate", "device", "threads"]);
  const device = requireOneOf("options.device", options.device ?? "cpu", ["cpu", "wasm", "webgpu", "cuda"]);
  const threads = requireInteger("options.threads", options.threads ?? defaultThreads, 1);
  const donate = options.donate ?? [];
  const entries = new Map<string, Promise<Entry>>();
  let active = 0;
  let becomesIdle = () => {};
  let disposal: Promise<void> | undefined;

  const open = async (args: readonly unknown[]): Promise<Entry> => {
    const traced = trace(f as (...args: readonly unknown[]) => unknown, args);
    const { inputs, outputs, result } = traced;
    const donated = donatedOutputs(result, donate);
    if (outputs.length === 0)
      return { inputs: [], outputs, result, session: undefined, donated, buffers: [], busy: new Set() };
    const names = new Map(inputs.map(({ tensor, place }) => [tensor, `x${place}`]));
    const graph = lower(outputs, names);
    const named = (tensor: Tensor) => ({ ...typeOf(tensor), name: names.get(tensor)! });
    const model = graph.encode(
      inputs.map(({ tensor }) => named(tensor)),
      outputs.map(named),
    );
    const session = await createSession(
      model,
      inputs.map(({ tensor }) => names.get(tensor)!),
      outputs.map((tensor) => names.get(tensor)!),
      { device, threads, ...graphOptions(outputs) },
    );
    const places = inputs.map(({ place }) => place);
    return { inputs: places, outputs, result, session, donated, buffers: [], busy: new Set() };
  };

  const evaluate = async (args: readonly unknown[]): Promise<unknown> => {
    const leaves: TensorLike[] = [];
    const key = describe(args, leaves);
    let pending = entries.get(key);
    if (pending === undefined) {
      checkArrays(leaves);
      pending = open(args);
      entries.set(key, pending);
      pending.catch(() => entries.delete(key));
    }
    const entry = await pending;
    const feeds = entry.inputs.map((place) => asArray(leaves[place]!));
    const results = await run(entry, feeds).catch((problem: unknown) => {
      // The runtime's own message does not say whose array it was.
      checkArrays(leaves);
      throw problem;
    });
    return fillSources(entry.result, ({ from, value }) => {
      if (from === "output") return results[value]!;
      return from === "argument" ? asArray(leaves[value]!) : value;
    });
  };

  const call = async (...args: readonly unknown[]): Promise<unknown> => {
    if (disposal !== undefined)
      throw new InvalidInputError("compiled function", "was called after dispose()");
    active++;
    try {
      return await evaluate(args);
    } finally {
      active--;
      if (active === 0) becomesIdle();
    }
  };

  const release = async (): Promise<void> => {
    if (active > 0)
      await new Promise<void>((resolve) => {
        becomesIdle = resolve;
      });
    for (const pending of entries.values()) await (await pending).session?.release();
  };

  return Object.defineProperties(call as Compiled<A, R>, {
    traces: { get: () => entries.size },
    source: { value: f },
    dispose: {
      value: () => {
        disposal ??= release();
        return disposal;
      },
    },
  });
}

async function createSession(
  model: Uint8Array,
  inputs: readonly string[],
  outputs: readonly string[],
  options: SessionOptions,
): Promise<Session> {
  const { device } = options;
  try {
    return await (await loadRuntime(device)).createSession(model, inputs, outputs, options);
  } catch (problem) {
    if (device === "cpu" || device === "wasm") throw problem;
    const reason = problem instanceof Error ? problem.message.split("\n")[0] : show(problem);
    throw new InvalidInputError("options.device", `${device} is not available here: ${reason}`, {
      cause: problem,
    });
  }
}

/** The library that runs graphs for a device, and its version: `onnxruntime-node` or `onnxruntime-web`. */
export async function backend(
  device: Device = "cpu",
): Promise<{ readonly name: string; readonly version: string }> {
  const { name, version } = await loadRuntime(device);
  return { name, version };
}

/** What the operations of a graph ask of the session. */
function graphOptions(outputs: readonly Tensor[]): Pick<SessionOptions, "disabledRewrites" | "planMemory"> {
  const nodes = reachable(outputs);
  const wide = nodes.some(
    (node) => node.primitive.name === "sigmoid" && node.outputs[0]!.dtype === "float64",
  );
  return {
    // ONNX Runtime fuses x sigmoid(x) into an operator that it has in single precision only.
    disabledRewrites: wide ? ["QuickGeluFusion"] : [],
    // Who uses checkpoints wants memory rather than the last few per cent of speed.
    planMemory: !nodes.some((node) => node.primitive.name === "barrier"),
  };
}

/** Numbers become float64 scalars. */
function asArray(leaf: TensorLike): NdArray {
  if (typeof leaf !== "number") return leaf as NdArray;
  return { dtype: "float64", shape: [], data: Float64Array.of(leaf) };
}

function typeOf({ dtype, shape }: Type): Type {
  return { dtype, shape };
}

/** Refuses arrays whose data does not fit their type; looked at once for each trace. */
function checkArrays(leaves: readonly TensorLike[]): void {
  for (const leaf of leaves) {
    const { dtype, shape, data } = asArray(leaf);
    if (!(dtype in arrayOf) || !(data instanceof arrayOf[dtype]) || data.length !== sizeOf(shape))
      throw new InvalidInputError(
        "arguments",
        `an array of ${dtype}[${shape.join(", ")}] holds ${data.length} elements of ${show(data)}`,
      );
  }
}

/** Outputs that lie below the donated keys of the result. */
function donatedOutputs(result: unknown, donate: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (const key of donate) {
    if (typeof result !== "object" || result === null || !(key in result))
      throw new InvalidInputError("options.donate", `the result has no key ${show(key)}`);
    fillSources((result as Record<string, unknown>)[key], ({ from, value }) => {
      if (from === "output") found.add(value);
    });
  }
  return found;
}

/** Computes the outputs of a graph. */
async function run(entry: Entry, feeds: readonly NdArray[]): Promise<readonly NdArray[]> {
  const { session, busy } = entry;
  if (session === undefined) return [];
  if (entry.donated.size === 0) return session.run(feeds, []);
  const targets = freeBuffers(entry, feeds);
  busy.add(targets);
  try {
    return await session.run(feeds, targets);
  } finally {
    busy.delete(targets);
  }
}

/**
 * A set of arrays for the donated outputs of which none is fed or waited for. Two take turns; there are more
 * only when calls overlap, or when a result hands on arrays of an earlier one.
 */
function freeBuffers({ buffers, busy, donated, outputs }: Entry, feeds: readonly NdArray[]): BufferSet {
  const isFed = (array: NdArray | undefined) =>
    array !== undefined && feeds.some(({ data }) => data.buffer === array.data.buffer);
  // The last one stays as it is: its result may not have been looked at yet.
  let at = buffers.findIndex((set, i) => i < buffers.length - 1 && !busy.has(set) && !set.some(isFed));
  if (at < 0)
    at =
      buffers.push(
        outputs.map(({ dtype, shape }, i) =>
          donated.has(i) ? ({ dtype, shape, data: new arrayOf[dtype](sizeOf(shape)) } as NdArray) : undefined,
        ),
      ) - 1;
  const [chosen] = buffers.splice(at, 1);
  buffers.push(chosen!);
  return chosen!;
}
