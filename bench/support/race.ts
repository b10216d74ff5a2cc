import { setTimeout as sleep } from "node:timers/promises";
import type { Matrix } from "ockham/array";
import type { PythonPeer } from "./peer.ts";

/** One comparison: the same work here and in numpy or scipy. */
export interface Race {
  readonly name: string;
  /** Largest acceptable ratio of our time to the peer's; absent where the figure is only reported. */
  readonly bar?: number;
  /** What we run. */
  readonly ours: () => unknown;
  /** Python statement that does the same; absent where there is no peer. */
  readonly peer?: string;
  /** How often each side runs; default 9. Fewer for work of seconds. */
  readonly rounds?: number;
  /** Python statements before it, untimed. */
  readonly setup?: string;
  /** Matrices that Python gets under these names. */
  readonly inputs?: Readonly<Record<string, Matrix>>;
}

/** A file of bench/numerics exports one of these as `section`. */
export interface Section {
  readonly name: string;
  /** Called when the section's turn comes: inputs need not exist before. */
  readonly races: () => readonly Race[];
}

export interface Outcome {
  readonly name: string;
  /** Milliseconds of the fastest round. */
  readonly ours: number;
  readonly peer?: number;
  /** Fastest round of ours over fastest round of the peer's. */
  readonly ratio?: number;
  readonly bar?: number;
  readonly pass?: boolean;
}

const usualRounds = 9;
/** Long work stops after three rounds once it has taken this many milliseconds. */
const patience = 6000;
/** Work shorter than this is repeated within a round. */
const shortest = 20;
/** Threads of a BLAS spin for a while after a call and would take the other side's cores. */
const settle = 60;

/** Alternates rounds of both sides, so that a busy machine slows both. */
export async function run(race: Race, python: PythonPeer | undefined): Promise<Outcome> {
  const peer = race.peer === undefined ? undefined : python;
  for (const [name, matrix] of Object.entries(race.inputs ?? {})) await peer?.load(name, matrix);
  if (race.setup !== undefined) await peer?.setup(race.setup);
  const once = time(race.ours, 1);
  const times = Math.max(1, Math.ceil(shortest / Math.min(once, time(race.ours, 1))));
  const peerOnce = await peer?.time(race.peer!, 1);
  const peerTimes = Math.max(1, Math.ceil(shortest / (peerOnce ?? shortest)));
  let ours = Number.POSITIVE_INFINITY;
  let theirs = Number.POSITIVE_INFINITY;
  const begin = performance.now();
  for (let round = 0; round < (race.rounds ?? usualRounds); round++) {
    if (round >= 3 && performance.now() - begin > patience) break;
    await sleep(settle);
    ours = Math.min(ours, time(race.ours, times));
    if (peer === undefined) continue;
    await sleep(settle);
    theirs = Math.min(theirs, await peer.time(race.peer!, peerTimes));
  }
  if (peer === undefined) return { name: race.name, ours };
  const ratio = ours / theirs;
  return {
    name: race.name,
    ours,
    peer: theirs,
    ratio,
    ...(race.bar === undefined ? {} : { bar: race.bar, pass: ratio <= race.bar }),
  };
}

function time(work: () => unknown, times: number): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) work();
  return (performance.now() - start) / times;
}
