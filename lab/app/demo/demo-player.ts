import { batch, signal } from "@preact/signals";
import { proxy, type Remote, wrap } from "comlink";
import type { Progress } from "ockham";
import type { Frame } from "ockham/demo";
import type { DemoWorker } from "./demo-worker.ts";

/** "stepping" and "running" compute; "paused" keeps its worker; the others have none. */
type State = "idle" | "running" | "stepping" | "paused" | "done" | "stopped" | "failed";

/** Runs the demo of one paper in a worker, frame by frame. */
export class DemoPlayer {
  readonly state = signal<State>("idle");
  readonly frame = signal<Frame | undefined>(undefined);
  /** Whether the frame is of the run before: it stays until the new run has one. */
  readonly stale = signal(false);
  readonly progress = signal<Progress | undefined>(undefined);
  /** Time spent computing, in milliseconds. */
  readonly elapsed = signal(0);
  readonly error = signal("");
  readonly #id: string;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #worker: Worker | undefined;
  #remote: Remote<DemoWorker> | undefined;

  constructor(id: string) {
    this.#id = id;
  }

  /** Computes from the start, to the end or for one frame only. */
  async start(values: Readonly<Record<string, unknown>>, once = false): Promise<void> {
    this.#free();
    const worker = new Worker(new URL("./demo-worker.ts", import.meta.url), { type: "module" });
    this.#worker = worker;
    const failed = new Promise<never>((_, reject) => {
      worker.onerror = (event) => reject(new Error(event.message || "the worker could not be loaded"));
    });
    failed.catch(() => {
      // Told below, by whoever waits for it.
    });
    const remote = wrap<DemoWorker>(worker);
    this.#remote = remote;
    batch(() => {
      this.state.value = once ? "stepping" : "running";
      this.stale.value = this.frame.value !== undefined;
      this.progress.value = undefined;
      this.elapsed.value = 0;
      this.error.value = "";
    });
    const onProgress = proxy((progress: Progress) => {
      if (this.#worker === worker) this.progress.value = progress;
    });
    await this.#guard(worker, async () => {
      await Promise.race([remote.start(this.#id as never, values, onProgress), failed]);
      await this.#play(worker, remote, failed);
    });
  }

  async resume(once = false): Promise<void> {
    const worker = this.#worker;
    const remote = this.#remote;
    if (this.state.value !== "paused" || worker === undefined || remote === undefined) return;
    this.state.value = once ? "stepping" : "running";
    await this.#guard(worker, () => this.#play(worker, remote, new Promise(() => {})));
  }

  /** Lets the frame under way finish and asks for no other. */
  pause(): void {
    if (this.state.value === "running") this.state.value = "stepping";
  }

  /** Ends the worker at once. What was drawn stays. */
  stop(): void {
    if (this.#worker === undefined) return;
    this.#free();
    this.state.value = "stopped";
  }

  async #play(worker: Worker, remote: Remote<DemoWorker>, failed: Promise<never>): Promise<void> {
    while (this.state.value === "running" || this.state.value === "stepping") {
      const began = performance.now();
      const clock = setInterval(() => {
        this.elapsed.value = before + performance.now() - began;
      }, 100);
      const before = this.elapsed.value;
      let frame: Frame | undefined;
      try {
        frame = await Promise.race([remote.next(), failed]);
      } finally {
        clearInterval(clock);
      }
      if (this.#worker !== worker) return;
      batch(() => {
        this.elapsed.value = before + performance.now() - began;
        if (frame !== undefined && this.#due(frame)) {
          this.frame.value = frame;
          this.stale.value = false;
        }
        if (frame !== undefined) this.progress.value = frame;
        if (frame === undefined || frame.done === frame.total) {
          this.state.value = "done";
          this.#free();
        } else if (this.state.value === "stepping") this.state.value = "paused";
      });
      if (this.state.value === "running") await drawn();
    }
  }

  /** Frames follow one another like a film, or slowly for those who asked for less motion. The last one is always due. */
  #due(frame: Frame): boolean {
    const now = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const due =
      !still || now - this.#drawnAt > 2000 || frame.done === frame.total || this.state.value === "stepping";
    if (due) this.#drawnAt = now;
    return due;
  }

  async #guard(worker: Worker, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (this.#worker !== worker) return;
      this.#free();
      batch(() => {
        if (this.stale.value) this.frame.value = undefined;
        this.error.value = error instanceof Error ? error.message : String(error);
        this.state.value = "failed";
      });
    }
  }

  #free(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#remote = undefined;
  }
}

/** Resolves when the browser has drawn; soon, too, in a page that is hidden and draws nothing. */
function drawn(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 200);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve);
    });
  });
}
