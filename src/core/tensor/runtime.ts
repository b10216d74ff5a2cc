import type * as Ort from "onnxruntime-common";
import type { NdArray } from "../array/index.ts";

/** Where a compiled function runs. `cpu` is native code in Node and WebAssembly in browsers. */
export type Device = "cpu" | "wasm" | "webgpu" | "cuda";

export interface SessionOptions {
  readonly device: Device;
  readonly threads: number;
  /** Rewritings of the graph that ONNX Runtime must not do, by their names there. */
  readonly disabledRewrites: readonly string[];
  /** Whether to lay out all memory ahead from the second call on: faster, but it comes on top. */
  readonly planMemory: boolean;
}

/** A loaded graph. */
export interface Session {
  /** Computes the outputs; those with an array in `targets` are written into it. */
  run(feeds: readonly NdArray[], targets: readonly (NdArray | undefined)[]): Promise<NdArray[]>;
  release(): Promise<void>;
}

/** The library that runs graphs. */
export interface Runtime {
  readonly name: "onnxruntime-node" | "onnxruntime-web";
  readonly version: string;
  createSession(
    model: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
    options: SessionOptions,
  ): Promise<Session>;
}

/** Session options that both flavours share. */
export function commonOptions({
  disabledRewrites,
  planMemory,
}: SessionOptions): Ort.InferenceSession.SessionOptions {
  return {
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
    enableMemPattern: planMemory,
    ...(disabledRewrites.length > 0
      ? { extra: { optimization: { disable_specified_optimizers: disabledRewrites.join(";") } } }
      : {}),
  };
}

/** What both flavours of ONNX Runtime offer. */
export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor" | "env">;

/**
 * Opens a session of either flavour. Arrays that are fed again and again, as donated state is, keep their
 * wrappers for as long as they live.
 */
export async function openSession(
  ort: OrtModule,
  model: Uint8Array,
  inputs: readonly string[],
  outputs: readonly string[],
  options: Ort.InferenceSession.SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(model, options);
  const wrapped = new WeakMap<NdArray, Ort.Tensor>();
  const wrap = ({ dtype, data, shape }: NdArray): Ort.Tensor =>
    new ort.Tensor(dtype as "float32", data as Float32Array, shape);
  const keep = (array: NdArray): Ort.Tensor => {
    let tensor = wrapped.get(array);
    if (tensor === undefined) {
      tensor = wrap(array);
      wrapped.set(array, tensor);
    }
    return tensor;
  };
  return {
    async run(feeds, targets) {
      const named: Record<string, Ort.Tensor> = {};
      for (const [i, name] of inputs.entries()) {
        const array = feeds[i]!;
        named[name] = wrapped.get(array) ?? wrap(array);
      }
      const fetches: Record<string, Ort.Tensor | null> = {};
      for (const [i, name] of outputs.entries()) {
        const target = targets[i];
        fetches[name] = target === undefined ? null : keep(target);
      }
      const results = await session.run(named, fetches);
      return outputs.map((name, i) => {
        const target = targets[i];
        if (target !== undefined) return target;
        const { type, dims, data } = results[name]!;
        return { dtype: type, shape: dims, data } as NdArray;
      });
    },
    release: () => session.release(),
  };
}
