import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { commonOptions, type OrtModule, openSession, type Runtime } from "./runtime.ts";

/** Cores that a session uses by default: a worker of a pool gets one, the pool is what fills the others. */
export const defaultThreads = isMainThread ? availableParallelism() : 1;

let native: Promise<Runtime> | undefined;
let web: Promise<Runtime> | undefined;

/**
 * The runtime for a device: `onnxruntime-node`, or the WebAssembly of `onnxruntime-web` where that is not
 * installed or `wasm` is asked for.
 */
export function loadRuntime(device: string): Promise<Runtime> {
  if (device === "wasm") return loadWeb();
  native ??= loadNative();
  // Other devices are asked for by name: nothing stands in for them.
  return device === "cpu" ? native.catch(() => loadWeb()) : native;
}

async function loadNative(): Promise<Runtime> {
  const ort = (await import("onnxruntime-node")) as unknown as OrtModule & { default?: OrtModule };
  const api = ort.InferenceSession === undefined ? ort.default! : ort;
  ort.env.logLevel = "error";
  readFloat16AsBits(api);
  return {
    name: "onnxruntime-node",
    version: api.env.versions.node ?? "unknown",
    createSession: (model, inputs, outputs, options) =>
      openSession(api, model, inputs, outputs, {
        ...commonOptions(options),
        executionProviders: [options.device],
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
      }),
  };
}

/**
 * The binding cannot read the Float16Array that newer engines have and that onnxruntime-common prefers when
 * it sees one. Its choice is made when the first tensor is: hide the class until then.
 */
function readFloat16AsBits(ort: OrtModule): void {
  const scope = globalThis as { Float16Array?: unknown };
  const hidden = scope.Float16Array;
  if (hidden === undefined) return;
  scope.Float16Array = undefined;
  new ort.Tensor("float32", new Float32Array(1), [1]);
  scope.Float16Array = hidden;
}

function loadWeb(): Promise<Runtime> {
  web ??= (async () => {
    const ort = (await import("onnxruntime-web")) as unknown as OrtModule;
    readFloat16AsBits(ort);
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = defaultThreads;
    return {
      name: "onnxruntime-web" as const,
      version: ort.env.versions.web ?? "unknown",
      createSession: (model, inputs, outputs, options) =>
        openSession(ort, model, inputs, outputs, {
          ...commonOptions(options),
          executionProviders: ["wasm"],
        }),
    };
  })();
  return web;
}
