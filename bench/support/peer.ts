import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import type { Matrix } from "ockham/array";

/** Another program that answers every line with a line. */
class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<undefined>;

  constructor(command: string, args: readonly string[], stderr: "ignore" | "inherit") {
    // Settings made for one library's kernels must not slow another's.
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    this.#child = spawn(command, [...args], { stdio: ["pipe", "pipe", stderr], env });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      for (const event of ["error", "exit"]) this.#child.once(event, () => resolve(undefined));
    });
    // A program that is gone answers nothing; `next` says so.
    this.#child.stdin!.on("error", () => {});
  }

  /** The next line; undefined when the program has ended. */
  async next(): Promise<string | undefined> {
    const line = await Promise.race([this.#lines.next(), this.#ended]);
    return line?.value as string | undefined;
  }

  ask(line: string): Promise<string | undefined> {
    this.#child.stdin!.write(`${line}\n`);
    return this.next();
  }

  stop(): void {
    this.#child.kill();
  }
}

/** The first Python that can import all the modules; undefined where there is none. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  return ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0,
  );
}

/** A program that knows works by name and times them itself: files of `bench/peers`. */
export class WorkPeer {
  /** Library and version. */
  readonly name: string;
  readonly #process: LineProcess;

  private constructor(name: string, process: LineProcess) {
    this.name = name;
    this.#process = process;
  }

  /** Starts a peer with arguments of its own; undefined when the library is not installed. */
  static async start(
    command: string,
    file: string,
    ...args: readonly string[]
  ): Promise<WorkPeer | undefined> {
    const process = new LineProcess(command, [file, ...args], "ignore");
    const name = await process.next();
    return name === undefined ? undefined : new WorkPeer(name, process);
  }

  /** Milliseconds of each repeat. */
  async time(work: string, repeats: number): Promise<readonly number[]> {
    const answer = await this.#process.ask(`${work} ${repeats}`);
    if (answer === undefined) throw new Error(`${this.name} ended while it ran ${work}`);
    return answer.split(" ").map(Number);
  }

  stop(): void {
    this.#process.stop();
  }
}

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
  readonly #process: LineProcess;

  private constructor(process: LineProcess) {
    this.#process = process;
  }

  /** Starts the first Python that has numpy and scipy; undefined where there is none. */
  static start(): PythonPeer | undefined {
    const python = pythonWith("numpy", "scipy");
    return python === undefined
      ? undefined
      : new PythonPeer(new LineProcess(python, ["-c", server], "inherit"));
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
    this.#process.stop();
  }

  async #ask(message: object): Promise<number> {
    const line = await this.#process.ask(JSON.stringify(message));
    if (line === undefined) throw new Error("the Python process ended");
    const reply = JSON.parse(line) as { value?: number; error?: string };
    if (reply.value === undefined) throw new Error(`Python: ${reply.error}`);
    return reply.value;
  }
}
