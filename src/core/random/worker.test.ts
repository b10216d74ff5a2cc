import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { fft } from "../signal/index.ts";
import { drawGamma, drawPoisson, periodicGaussianField, randomStream } from "./index.ts";

type Library = Pick<
  typeof import("./index.ts") & typeof import("../signal/index.ts"),
  "randomStream" | "drawGamma" | "drawPoisson" | "periodicGaussianField" | "fft"
>;

/** Numbers from every kernel. Its source text is run in the worker: nothing from outside it but its argument. */
function numbers(library: Library): Float64Array[] {
  const stream = library.randomStream(1, "worker");
  return [
    stream.fillNormal(new Float64Array(5000)),
    Float64Array.from({ length: 500 }, () => library.drawGamma(stream, 0.7)),
    Float64Array.from({ length: 500 }, () => library.drawPoisson(stream, 40)),
    library.periodicGaussianField(stream, 12).data,
    ...[60, 1000, 1009, 4096, 12000].map((n) => library.fft(stream.fillNormal(new Float64Array(n))).im),
  ];
}

/** Runs `numbers` in a worker thread, by Node itself, after some preparation. */
async function inWorker(preparation: string): Promise<{ drawn: Float64Array[]; refused: number }> {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const source = `
    (async () => {
      // A first module in TypeScript, so that the loader has started before the preparation.
      await import(${url("../errors.ts")});
      ${preparation}
      const library = { ...(await import(${url("./index.ts")})), ...(await import(${url("../signal/index.ts")})) };
      require("node:worker_threads").parentPort.postMessage({
        drawn: (${numbers.toString()})(library),
        refused: globalThis.refused ?? 0,
      });
    })();`;
  const worker = new Worker(source, { eval: true, execArgv: [] });
  try {
    return await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  } finally {
    await worker.terminate();
  }
}

const here = numbers({ randomStream, drawGamma, drawPoisson, periodicGaussianField, fft });

test("a worker thread computes the same numbers", async () => {
  expect(await inWorker("")).toEqual({ drawn: here, refused: 0 });
});

test("so does a place where WebAssembly is forbidden", async () => {
  const forbidden = await inWorker(`
    WebAssembly.Module = class {
      constructor() {
        globalThis.refused = (globalThis.refused ?? 0) + 1;
        throw new Error("forbidden");
      }
    };`);
  expect(forbidden).toEqual({ drawn: here, refused: 2 });
});
