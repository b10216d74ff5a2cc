import { defineTask } from "../core/parallel/index.ts";
import { randomStream } from "../core/random/index.ts";
import type { WalkGraph } from "./random-walks.ts";

/** Walks from some vertices: the whole input of a task, whichever machine runs it. */
export interface VisitJob {
  readonly graph: Pick<WalkGraph, "alias"> & {
    readonly indptr: Int32Array;
    readonly indices: Int32Array;
  };
  readonly starts: Int32Array;
  readonly walks: number;
  readonly stopProbability: number;
  /** Keep so many of the most visited vertices of every start; 0 for all. */
  readonly keep: number;
  readonly seed: number | bigint;
}

/** Visits of the walks from start i: `counts[k]` of vertex `indices[k]`, k from indptr[i] to indptr[i + 1]. */
export interface VisitCounts {
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly counts: Int32Array;
  /** All visits of every start, those of vertices that were not kept among them. */
  readonly totals: Int32Array;
}

export const visitCountTask = defineTask({
  name: "graph/visit-counts",
  module: import.meta.url,
  sharedMemory: "read",
  run: (job: VisitJob) => countVisits(job),
  transfer: ({ indptr, indices, counts, totals }) =>
    [indptr, indices, counts, totals].map((array) => array.buffer as ArrayBuffer),
});

/**
 * Walks one after the other and keeps counts only. The words of a vertex' walks depend on the seed and the
 * vertex alone; one word decides whether a walk ends and, if not, where it goes (an arc's chance is off by at
 * most 2^-32), a second one for weighted arcs. About 15 ns a step while the graph fits the cache;
 * every start also costs a pass over nodes / 1024 words.
 */
export function countVisits(job: VisitJob): VisitCounts {
  const { indptr, indices, alias } = job.graph;
  const { starts, walks, stopProbability, keep } = job;
  const keys = randomStream(job.seed, "visit-counts");
  const nodes = indptr.length - 1;
  // A uniform number u below c ends the walk; else (u - c) / (1 - c) is uniform again.
  const scale = 1 / (4294967296 * (1 - stopProbability));
  const shift = stopProbability / (1 - stopProbability);
  const visits = new Int32Array(nodes);
  // One bit a vertex, and one for each of its words: find the visited ones in order without sorting.
  const visited = new Int32Array((nodes + 31) >>> 5);
  const words = new Int32Array((visited.length + 31) >>> 5);
  const rows = new Int32Array(starts.length + 1);
  const totals = new Int32Array(starts.length);
  let found = new Int32Array(1024);
  let counts = new Int32Array(1024);
  let used = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]!;
    let total = 0;
    const random = keys.split(start);
    for (let walk = 0; walk < walks; walk++) {
      let vertex = start;
      for (;;) {
        visits[vertex]!++;
        visited[vertex >>> 5]! |= 1 << (vertex & 31);
        words[vertex >>> 10]! |= 1 << ((vertex >>> 5) & 31);
        total++;
        const first = indptr[vertex]!;
        const degree = indptr[vertex + 1]! - first;
        if (degree === 0) break;
        const going = random.uint32() * scale - shift;
        if (going < 0) break;
        let choice = Math.min(degree - 1, Math.floor(going * degree));
        if (alias !== undefined && random.uint32() / 4294967296 >= alias.threshold[first + choice]!)
          choice = alias.other[first + choice]!;
        vertex = indices[first + choice]!;
      }
    }
    totals[i] = total;
    if (used + total > found.length) {
      found = grown(found, used + total);
      counts = grown(counts, used + total);
    }
    const begin = used;
    for (let group = 0; group < words.length; group++) {
      for (let marks = words[group]!; marks !== 0; marks &= marks - 1) {
        const word = (group << 5) + 31 - Math.clz32(marks & -marks);
        for (let bits = visited[word]!; bits !== 0; bits &= bits - 1) {
          const vertex = (word << 5) + 31 - Math.clz32(bits & -bits);
          found[used] = vertex;
          counts[used++] = visits[vertex]!;
          visits[vertex] = 0;
        }
        visited[word] = 0;
      }
      words[group] = 0;
    }
    if (keep > 0 && used - begin > keep) used = keepMost(found, counts, begin, used, keep);
    rows[i + 1] = used;
  }
  return { indptr: rows, indices: found.slice(0, used), counts: counts.slice(0, used), totals };
}

function grown(array: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}

/** Moves the `keep` largest counts (of equal ones, the lower vertices) to the front, in order of vertices. */
function keepMost(found: Int32Array, counts: Int32Array, begin: number, end: number, keep: number): number {
  const sorted = counts.slice(begin, end).sort();
  const least = sorted[sorted.length - keep]!;
  let ties = keep;
  for (const count of sorted) if (count > least) ties--;
  let at = begin;
  for (let k = begin; k < end; k++) {
    if (counts[k]! < least || (counts[k] === least && ties-- <= 0)) continue;
    found[at] = found[k]!;
    counts[at++] = counts[k]!;
  }
  return at;
}
