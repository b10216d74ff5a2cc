import { expose } from "comlink";
import type { Progress } from "ockham";
import { type Frame, runDemo } from "ockham/demo";
import { demos } from "../../../papers/demos.ts";
import type { PaperId } from "../../../papers/index.ts";
import { assetOf } from "../assets.ts";

let frames: AsyncGenerator<Frame, void, void> | undefined;

/** One demo, once: whoever wants it again starts another worker. */
const worker = {
  async start(
    id: PaperId,
    values: Readonly<Record<string, unknown>>,
    onProgress: (progress: Progress) => void,
  ): Promise<void> {
    const demo = await demos[id]?.();
    if (demo === undefined) throw new Error(`${id} has no demo`);
    // Messages are dear: what the eye cannot follow is not sent.
    let last = Number.NEGATIVE_INFINITY;
    const report = (progress: Progress): void => {
      const now = performance.now();
      if (now - last < 50) return;
      last = now;
      onProgress(progress);
    };
    frames = runDemo(demo, values, {
      // The page stops a demo by ending its worker.
      signal: new AbortController().signal,
      onProgress: report,
      asset: (name) => assetOf(id, name, report),
    });
  },

  /** The next frame; undefined after the last. */
  async next(): Promise<Frame | undefined> {
    const { value, done } = await frames!.next();
    return done ? undefined : value;
  },
};

export type DemoWorker = typeof worker;
expose(worker);
