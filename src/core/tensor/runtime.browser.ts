import { commonOptions, type OrtModule, openSession, type Runtime } from "./runtime.ts";

/**
 * Threads need a page that is isolated from other origins. In a worker the runtime takes the worker's own thread only: it
 * is one of several there, and threads of the runtime would keep it from ending at once.
 */
export const defaultThreads =
  globalThis.crossOriginIsolated && typeof document !== "undefined"
    ? (globalThis.navigator?.hardwareConcurrency ?? 1)
    : 1;

const runtimes = new Map<string, Promise<Runtime>>();

/** `onnxruntime-web`: WebAssembly, or WebGPU where it is asked for. */
export function loadRuntime(device: string): Promise<Runtime> {
  const provider = device === "webgpu" ? "webgpu" : "wasm";
  let runtime = runtimes.get(provider);
  if (runtime === undefined) {
    runtime = load(provider);
    runtimes.set(provider, runtime);
  }
  return runtime;
}

async function load(provider: "wasm" | "webgpu"): Promise<Runtime> {
  const module = provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm");
  const ort = (await module) as unknown as OrtModule;
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = defaultThreads;
  return {
    name: "onnxruntime-web",
    version: ort.env.versions.web ?? "unknown",
    createSession: (model, inputs, outputs, options) =>
      openSession(ort, model, inputs, outputs, {
        ...commonOptions(options),
        executionProviders: [provider],
      }),
  };
}
