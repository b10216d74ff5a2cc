import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Another library in a process of its own, asked for one work at a time. */
export interface Peer {
  readonly name: string;
  /** Milliseconds of each repeat. */
  time(work: string, repeats: number): Promise<readonly number[]>;
  stop(): void;
}

/** Starts a peer; undefined when it is not installed. */
export async function startPeer(command: string, args: readonly string[]): Promise<Peer | undefined> {
  // Settings made for one library's kernels must not slow another's.
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const child: ChildProcess = spawn(command, [...args], { stdio: ["pipe", "pipe", "ignore"], env });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const failed = new Promise<undefined>((resolve) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", () => resolve(undefined));
  });
  const first = await Promise.race([lines.next(), failed]);
  if (first?.value === undefined) return undefined;
  return {
    name: first.value,
    async time(work, repeats) {
      child.stdin!.write(`${work} ${repeats}\n`);
      const answer = await Promise.race([lines.next(), failed]);
      if (answer?.value === undefined) throw new Error(`${first.value} ended while it ran ${work}`);
      return answer.value.split(" ").map(Number);
    },
    stop: () => child.stdin!.end(),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
