import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type AliasTable, aliasTable } from "./alias-table.ts";
import { inSharedMemory } from "./block.ts";
import type { Graph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";
import { randomWalks, type WalkBias, type Walks } from "./random-walks.ts";
import {
  pairsPerCall,
  type SkipGramLayout,
  skipGramKernel,
  skipGramLayout,
  skipGramMemory,
} from "./skip-gram-kernel.ts";
import { WalkRandom } from "./walk-random.ts";

export interface SkipGramSettings {
  readonly dim: number;
  readonly walksPerNode: number;
  readonly walkLength: number;
  readonly window: number;
  readonly negatives: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly bias: WalkBias | undefined;
  readonly pool: Pool | undefined;
  readonly call: LongCallOptions;
}

/**
 * Vertices are dealt into so many groups. Pairs with the centre in group i and the other in group j touch no
 * row that pairs of (i', j') with i' != i and j' != j touch, so that such blocks are trained at the same time
 * without sharing anything: the bytes do not depend on the number of threads, as they would if threads
 * overwrote each other. Negatives come from group j. Zhu et al., "GraphVite", WWW 2019. A constant, not the
 * number of threads, because the result depends on it.
 */
const groups = 4;

/** Walks whose pairs are kept at a time: about 7 million pairs at the default length and window. */
const startsPerEpisode = 16384;

/** Pairs of one group of centres with one group of context vertices, in the order of the walks. */
interface PairBlock {
  /** Centre and context vertex of pair k at 2k and 2k + 1. */
  readonly pairs: Int32Array;
  readonly count: number;
}

/** Draws vertices of a group in proportion to their occurrences to the power 3/4. */
interface NegativeSampler {
  readonly vertices: Int32Array;
  readonly alias: AliasTable;
}

interface TrainingJob {
  readonly layout: SkipGramLayout;
  readonly memory: WebAssembly.Memory;
  readonly lane: number;
  readonly block: PairBlock;
  readonly sampler: NegativeSampler;
  readonly rate: number;
  readonly seed: number | bigint;
  readonly episode: number;
  readonly column: number;
}

const trainTask = defineTask({
  name: "graph/train-skip-gram",
  module: import.meta.url,
  run: (job: TrainingJob) => trainBlock(job),
});

/**
 * Skip-gram with negative sampling on walks of a graph: every vertex of a walk is paired with those at most
 * w steps away, w uniform from 1 to the window, as in word2vec. An episode is one walk
 * from every vertex, or from a part of them where they are many.
 */
export async function trainSkipGram(graph: Graph, settings: SkipGramSettings): Promise<NdArray<"float32">> {
  const { nodes } = graph;
  const { dim, window, negatives, call, pool } = settings;
  if (nodes < groups)
    throw new InvalidInputError("graph", `expected at least ${groups} vertices, got ${nodes}`);
  if (graph.adjacency.indices.length === 0) throw new InvalidInputError("graph", "has no edges");
  const seed = call.seed ?? 0;
  const sharing = pool !== undefined;
  const layout = skipGramLayout(nodes, dim, negatives, groups);
  const memory = skipGramMemory(layout, sharing);
  const rows = new Float32Array(memory.buffer, layout.input, nodes * (layout.stride / 4));
  const initial = randomStream(seed, "skip-gram", "input");
  for (let u = 0; u < nodes; u++)
    initial
      .split(u)
      .fillUniform(
        rows.subarray((u * layout.stride) / 4, (u * layout.stride) / 4 + dim),
        -0.5 / dim,
        0.5 / dim,
      );

  const order = randomStream(seed, "skip-gram", "groups").permutation(nodes);
  const group = new Uint8Array(nodes);
  for (const [position, u] of order.entries()) group[u] = position % groups;

  const parts = Math.ceil(nodes / startsPerEpisode);
  const episodes = settings.epochs * settings.walksPerNode * parts;
  const signal = call.signal === undefined ? {} : { signal: call.signal };
  const walksFrom = (walk: number, starts: Int32Array): Promise<Walks> =>
    randomWalks(graph, {
      ...{ seed, firstWalk: walk, length: settings.walkLength, starts },
      ...signal,
      ...(settings.bias === undefined ? {} : { bias: settings.bias }),
      ...(pool === undefined ? {} : { pool }),
    });
  const pace = new Pace(call, episodes * groups);
  // Occurrences in one walk from every vertex stand for those in all.
  const samplers = negativeSamplers(await walksFrom(0, order), group, sharing);
  const blocks = new PairBlocks(sharing);
  for (let episode = 0; episode < episodes; episode++) {
    const walk = Math.floor(episode / parts) % settings.walksPerNode;
    const first = (episode % parts) * startsPerEpisode;
    const walks = await walksFrom(walk, order.slice(first, first + startsPerEpisode));
    collectPairs(walks, group, window, new WalkRandom(seed), episode, blocks);
    for (let shift = 0; shift < groups; shift++) {
      const done = (episode * groups + shift) / (episodes * groups);
      const rate = settings.learningRate * Math.max(1 - done, 1e-4);
      const jobs = Array.from({ length: groups }, (_, lane): TrainingJob => {
        const column = (lane + shift) % groups;
        const block = blocks.at(lane, column);
        return { layout, memory, lane, rate, seed, episode, column, block, sampler: samplers[column]! };
      });
      await mapParts(trainTask, jobs, signal, pool);
      await pace.rest(episode * groups + shift + 1, "training");
    }
  }
  pace.finish();

  const data = new Float32Array(nodes * dim);
  for (let u = 0; u < nodes; u++)
    data.set(rows.subarray((u * layout.stride) / 4, (u * layout.stride) / 4 + dim), u * dim);
  if (!data.every(Number.isFinite))
    throw new NumericalError("the embedding diverged; lower the learning rate", {
      learningRate: settings.learningRate,
    });
  return { dtype: "float32", shape: [nodes, dim], data };
}

/** Growing lists of pairs, one for each pair of groups, whose room is used again in every episode. */
class PairBlocks {
  readonly #sharing: boolean;
  readonly #pairs: Int32Array[];
  readonly #counts = new Int32Array(groups * groups);

  constructor(sharing: boolean) {
    this.#sharing = sharing;
    this.#pairs = Array.from({ length: groups * groups }, () => this.#room(1 << 16));
  }

  clear(): void {
    this.#counts.fill(0);
  }

  push(row: number, column: number, centre: number, context: number): void {
    const index = row * groups + column;
    const at = 2 * this.#counts[index]!++;
    let pairs = this.#pairs[index]!;
    if (at === pairs.length) {
      const larger = this.#room(2 * at);
      larger.set(pairs);
      this.#pairs[index] = larger;
      pairs = larger;
    }
    pairs[at] = centre;
    pairs[at + 1] = context;
  }

  at(row: number, column: number): PairBlock {
    const index = row * groups + column;
    return { pairs: this.#pairs[index]!, count: this.#counts[index]! };
  }

  #room(length: number): Int32Array {
    return new Int32Array(this.#sharing ? new SharedArrayBuffer(4 * length) : new ArrayBuffer(4 * length));
  }
}

function collectPairs(
  { offsets, vertices }: Walks,
  group: Uint8Array,
  window: number,
  random: WalkRandom,
  episode: number,
  blocks: PairBlocks,
): void {
  blocks.clear();
  for (let walk = 0; walk + 1 < offsets.length; walk++) {
    const first = offsets[walk]!;
    const end = offsets[walk + 1]!;
    random.begin(vertices[first]!, episode, 1);
    for (let at = first; at < end; at++) {
      const reach = 1 + random.integer(window);
      const centre = vertices[at]!;
      const row = group[centre]!;
      const stop = Math.min(end - 1, at + reach);
      for (let other = Math.max(first, at - reach); other <= stop; other++) {
        if (other === at) continue;
        const context = vertices[other]!;
        blocks.push(row, group[context]!, centre, context);
      }
    }
  }
}

function negativeSamplers({ vertices }: Walks, group: Uint8Array, sharing: boolean): NegativeSampler[] {
  const occurrences = new Float64Array(group.length);
  for (const vertex of vertices) occurrences[vertex]!++;
  return Array.from({ length: groups }, (_, own) => {
    const members = Int32Array.from(group.keys()).filter((vertex) => group[vertex] === own);
    const alias = aliasTable(Array.from(members, (vertex) => occurrences[vertex]! ** 0.75));
    if (!sharing) return { vertices: members, alias };
    return {
      vertices: inSharedMemory(members),
      alias: { threshold: inSharedMemory(alias.threshold), other: inSharedMemory(alias.other) },
    };
  });
}

/** Trains on the pairs of one block in order: negatives are drawn here, the rest is the kernel's. */
function trainBlock(job: TrainingJob): void {
  const { layout, memory, block, sampler, rate } = job;
  const { stride, negatives, input, output } = layout;
  const train = skipGramKernel(layout, memory);
  const gradient = layout.lanes + job.lane * layout.laneBytes;
  const start = gradient + stride;
  const records = new Int32Array(memory.buffer, start, pairsPerCall * (2 + negatives));
  const random = randomStream(job.seed, "skip-gram", "negatives", job.episode, job.lane, job.column);
  const size = sampler.vertices.length;
  for (let first = 0; first < block.count; first += pairsPerCall) {
    const end = Math.min(block.count, first + pairsPerCall);
    let at = 0;
    for (let k = first; k < end; k++) {
      const context = block.pairs[2 * k + 1]!;
      const target = output + context * stride;
      records[at++] = input + block.pairs[2 * k]! * stride;
      records[at++] = target;
      for (let n = 0; n < negatives; n++) {
        // As in word2vec, a negative is never the true context itself.
        let vertex: number;
        do vertex = draw(sampler, random.uint32());
        while (vertex === context && size > 1);
        records[at++] = output + vertex * stride;
      }
    }
    train(start, start + 4 * at, gradient, rate);
  }
}

/** The whole part of a uniform number chooses an item, its fraction decides between it and its alias. */
function draw({ vertices, alias }: NegativeSampler, word: number): number {
  const place = (word / 4294967296) * vertices.length;
  const item = Math.floor(place);
  return vertices[place - item < alias.threshold[item]! ? item : alias.other[item]!]!;
}
