import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../slow/command.ts";

/** A worker process of a test. */
export class WorkerProcess {
  readonly #process: ChildProcess;
  #log = "";

  /** A worker with the tasks of test/fixtures/tasks.ts. */
  static fixture(url: string, threads = 1, more: readonly string[] = [], env = {}): Promise<WorkerProcess> {
    return WorkerProcess.#start([`${root}test/programs/cluster-worker.ts`, url, `${threads}`, ...more], env);
  }

  /** `ockham worker`. */
  static ockham(url: string, threads = 1): Promise<WorkerProcess> {
    const args = [`${root}src/cli/main.ts`, "worker", "--threads", `${threads}`];
    return WorkerProcess.#start(args, { OCKHAM_REDIS: url });
  }

  static async #start(args: readonly string[], env: object): Promise<WorkerProcess> {
    const worker = new WorkerProcess(args, env);
    await worker.logged("ready on");
    return worker;
  }

  private constructor(args: readonly string[], env: object) {
    this.#process = spawn(process.execPath, ["--conditions=ockham-source", ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
  }

  get log(): string {
    return this.#log;
  }

  /** Waits until the worker has told something. */
  async logged(text: string): Promise<void> {
    for (let wait = 0; !this.#log.includes(text); wait += 20) {
      if (this.#process.exitCode !== null || wait > 60_000)
        throw new Error(`expected "${text}" of a worker, which said:\n${this.#log}`);
      await delay(20);
    }
  }

  /** Ends the worker and returns its exit status; null when the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    return ended;
  }
}
