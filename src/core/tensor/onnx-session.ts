import { loadRuntime } from "#tensor-runtime";
import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../errors.ts";
import { decodeModel } from "./onnx/index.ts";

export interface OnnxSessionOptions {
  /** Threads within an operation; default 1. */
  readonly threads?: number;
}

/** A model file opened in ONNX Runtime as it is. */
export interface OnnxSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** All outputs by name, for inputs by name. */
  run(feeds: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>>;
  release(): Promise<void>;
}

/**
 * Opens the bytes of a model in plain ONNX Runtime, native where it is installed and WebAssembly elsewhere: what
 * any other program would compute with the file. See `fromOnnx` for a model that is to be differentiated.
 *
 * @throws InvalidInputError when the bytes are no model, or the runtime refuses it
 */
export async function openOnnx(bytes: Uint8Array, options: OnnxSessionOptions = {}): Promise<OnnxSession> {
  requireKnownOptions("options", options, ["threads"]);
  const threads = requireInteger("options.threads", options.threads ?? 1, 1);
  const { graph } = decodeModel(bytes);
  const initialized = new Set((graph.initializer ?? []).map(({ name }) => name));
  const inputs = graph.input.map(({ name }) => name).filter((name) => !initialized.has(name));
  const outputs = graph.output.map(({ name }) => name);
  const runtime = await loadRuntime("cpu");
  const session = await runtime
    .createSession(bytes, inputs, outputs, {
      device: "cpu",
      threads,
      disabledRewrites: [],
      planMemory: true,
    })
    .catch((cause: Error) => {
      throw new InvalidInputError("bytes", `ONNX Runtime refuses the model: ${firstLine(cause)}`, { cause });
    });
  return {
    inputs,
    outputs,
    async run(feeds) {
      for (const name of Object.keys(feeds))
        if (!inputs.includes(name))
          throw new InvalidInputError(`feeds.${name}`, `the model has no such input; it has ${show(inputs)}`);
      const arrays = inputs.map((name) => {
        const array = feeds[name];
        if (array === undefined)
          throw new InvalidInputError(`feeds.${name}`, "the model has this input, but no array is given");
        return array;
      });
      const results = await session.run(arrays, []).catch((cause: Error) => {
        throw new InvalidInputError("feeds", `ONNX Runtime refuses them: ${firstLine(cause)}`, { cause });
      });
      return Object.fromEntries(outputs.map((name, i) => [name, results[i]!]));
    },
    release: () => session.release(),
  };
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0]!.slice(0, 300);
}
