import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { drawGamma, drawPoisson, periodicGaussianField, randomStream } from "./index.ts";

test("a worker thread draws the same numbers", async () => {
  const url = new URL("./index.ts", import.meta.url).href;
  // Plain JavaScript, run by Node itself: a realm of its own with a kernel of its own.
  const source = `
    const { parentPort } = require("node:worker_threads");
    import(${JSON.stringify(url)}).then(({ randomStream, drawGamma, drawPoisson, periodicGaussianField }) => {
      const stream = randomStream(1, "worker");
      parentPort.postMessage([
        stream.fillNormal(new Float64Array(5000)),
        Float64Array.from({ length: 500 }, () => drawGamma(stream, 0.7)),
        Float64Array.from({ length: 500 }, () => drawPoisson(stream, 40)),
        periodicGaussianField(stream, 12).data,
      ]);
    });`;
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
  });
  const drawn = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  const stream = randomStream(1, "worker");
  expect(drawn).toEqual([
    stream.fillNormal(new Float64Array(5000)),
    Float64Array.from({ length: 500 }, () => drawGamma(stream, 0.7)),
    Float64Array.from({ length: 500 }, () => drawPoisson(stream, 40)),
    periodicGaussianField(stream, 12).data,
  ]);
});
