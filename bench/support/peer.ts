import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Matrix } from "ockham/array";

const server = `
import sys, json, base64, time
import numpy as np
names = {"np": np}
for line in sys.stdin:
    message = json.loads(line)
    try:
        if "load" in message:
            names[message["load"]] = np.frombuffer(base64.b64decode(message["data"])).reshape(message["shape"]).copy()
            reply = 0
        elif "setup" in message:
            exec(message["setup"], names); reply = 0
        else:
            code = compile(message["run"], "bench", "exec")
            start = time.perf_counter()
            for _ in range(message["times"]): exec(code, names)
            reply = (time.perf_counter() - start) * 1e3 / message["times"]
        print(json.dumps({"value": reply}), flush=True)
    except Exception as error:
        print(json.dumps({"error": repr(error)}), flush=True)
`;

/** A Python process with numpy that runs statements and tells how many milliseconds each took. */
export class PythonPeer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.#interface = createInterface({ input: process.stdout! });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** Starts the first Python that has numpy and scipy; undefined where there is none. */
  static start(): PythonPeer | undefined {
    const python = ["/usr/bin/python3", "python3"].find(
      (candidate) => spawnSync(candidate, ["-c", "import numpy, scipy"], { stdio: "ignore" }).status === 0,
    );
    if (python === undefined) return undefined;
    return new PythonPeer(spawn(python, ["-c", server], { stdio: ["pipe", "pipe", "inherit"] }));
  }

  async load(name: string, { shape, data }: Matrix): Promise<void> {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    await this.#ask({ load: name, shape, data: bytes });
  }

  async setup(statements: string): Promise<void> {
    await this.#ask({ setup: statements });
  }

  /** Milliseconds for one execution, the mean of `times`. */
  async time(statement: string, times: number): Promise<number> {
    return this.#ask({ run: statement, times });
  }

  stop(): void {
    this.#interface.close();
    this.#process.kill();
  }

  async #ask(message: object): Promise<number> {
    this.#process.stdin!.write(`${JSON.stringify(message)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("the Python process ended");
    const reply = JSON.parse(line.value) as { value?: number; error?: string };
    if (reply.value === undefined) throw new Error(`Python: ${reply.error}`);
    return reply.value;
  }
}
