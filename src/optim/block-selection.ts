import {
  InvalidInputError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { aliasTable, drawAlias, type RandomStream } from "../core/random/index.ts";
import type { BlockProblem, BlockState } from "./block-problem.ts";
import { largestEigenvalue, largestScores, proximalStep, solveSemidefinite } from "./block-steps.ts";
import { greedyForest, redBlackPartition, treePartition } from "./forest.ts";

/** How the variables are divided into blocks. */
export type Partition =
  /** Any block of so many variables. */
  | { readonly kind: "variable"; readonly size: number }
  /** Consecutive blocks in an order: by index, by Lipschitz constant ("sort"), large with small ("average"), random. */
  | {
      readonly kind: "fixed";
      readonly size: number;
      readonly order?: "index" | "sort" | "average" | "random";
    }
  /** Of a quadratic: forests, or sets without edges, by Lipschitz constant (the default) or index. */
  | { readonly kind: "tree" | "redblack"; readonly priority?: "lipschitz" | "index" }
  /** Blocks of one's own, such as those of a lattice; every variable lies in exactly one. */
  | { readonly kind: "given"; readonly blocks: readonly Int32Array[] };

export const selectionRules = [
  "random",
  "cyclic",
  "lipschitz",
  "gs",
  "gsl",
  "gsd",
  "gsq",
  "tree-greedy",
  "tree-random",
] as const;
export type Selection = (typeof selectionRules)[number];

/** The block of an iteration; `key` numbers fixed blocks and is -1 for others. */
export interface ChosenBlock {
  readonly block: Int32Array;
  readonly key: number;
}

export type ChooseBlock = (state: BlockState, iteration: number) => ChosenBlock;

/** Prepares a selection rule on a partition. */
export function selectBlocks(
  problem: BlockProblem,
  partition: Partition,
  selection: Selection,
  stream: RandomStream,
): ChooseBlock {
  if (selection === "tree-greedy" || selection === "tree-random")
    return treeBlocks(problem, selection, stream);
  requireKnownOptions("options.partition", partition, ["kind", "size", "order", "priority", "blocks"]);
  requireOneOf("options.partition.kind", partition.kind, ["variable", "fixed", "tree", "redblack", "given"]);
  if (partition.kind === "variable") {
    const size = requireInteger("options.partition.size", partition.size, 1, problem.n);
    return variableBlocks(problem, size, selection, stream);
  }
  return fixedBlocks(problem, fixedPartition(problem, partition, stream), selection, stream);
}

function fixedPartition(
  { n, lipschitz, graph }: BlockProblem,
  partition: Exclude<Partition, { kind: "variable" }>,
  stream: RandomStream,
): readonly Int32Array[] {
  if (partition.kind === "given") return requirePartition(partition.blocks, n);
  const byConstant = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => lipschitz[b]! - lipschitz[a]! || a - b,
  );
  if (partition.kind !== "fixed") {
    const priority = requireOneOf("options.partition.priority", partition.priority ?? "lipschitz", [
      "lipschitz",
      "index",
    ]);
    if (graph === undefined)
      throw new InvalidInputError(
        "options.partition.kind",
        `${partition.kind} is for quadratics, which have a graph`,
      );
    const order = priority === "index" ? byConstant.slice().sort() : byConstant;
    return partition.kind === "tree" ? treePartition(graph, order) : redBlackPartition(graph, order);
  }
  const size = requireInteger("options.partition.size", partition.size, 1, n);
  const kind = requireOneOf("options.partition.order", partition.order ?? "sort", [
    "index",
    "sort",
    "average",
    "random",
  ]);
  const order =
    kind === "sort"
      ? byConstant
      : kind === "index"
        ? byConstant.slice().sort()
        : kind === "random"
          ? stream.split("partition").permutation(n)
          : byConstant.map((_, k) => byConstant[k % 2 === 0 ? k >> 1 : n - 1 - (k >> 1)]!);
  const blocks: Int32Array[] = [];
  for (let start = 0; start < n; start += size) blocks.push(order.slice(start, start + size));
  return blocks;
}

function requirePartition(blocks: readonly Int32Array[], n: number): readonly Int32Array[] {
  const argument = "options.partition.blocks";
  if (!Array.isArray(blocks) || !blocks.every((block) => block instanceof Int32Array))
    throw new InvalidInputError(argument, `expected a list of Int32Array, got ${show(blocks)}`);
  const seen = new Uint8Array(n);
  for (const block of blocks)
    for (const i of block) {
      if (!(i >= 0 && i < n)) throw new InvalidInputError(argument, `variable ${i} is none of ${n}`);
      if (seen[i] === 1) throw new InvalidInputError(argument, `variable ${i} lies in two places`);
      seen[i] = 1;
    }
  const left = seen.indexOf(0);
  if (left >= 0) throw new InvalidInputError(argument, `variable ${left} lies in no block`);
  return blocks.filter((block) => block.length > 0);
}

function variableBlocks(
  problem: BlockProblem,
  size: number,
  selection: Selection,
  stream: RandomStream,
): ChooseBlock {
  const { n, lipschitz, l1, nonnegative } = problem;
  const scores = new Float64Array(n);
  const top = (score: (i: number, gradient: Float64Array, x: Float64Array) => number): ChooseBlock => {
    return ({ gradient, x }) => {
      for (let i = 0; i < n; i++) scores[i] = score(i, gradient, x);
      return { block: largestScores(scores, size), key: -1 };
    };
  };
  /** A coordinate without curvature has no gradient either: it cannot make progress. */
  const over = (value: number, weight: number): number => (weight > 0 ? value / Math.sqrt(weight) : 0);
  switch (selection) {
    case "random":
      return () => ({ block: stream.subset(n, size), key: -1 });
    case "cyclic": {
      let order: Int32Array = new Int32Array(0);
      return () => {
        if (order.length < size)
          order = Int32Array.of(...order, ...stream.permutation(n).filter((i) => !order.includes(i)));
        const block = order.slice(0, size);
        order = order.slice(size);
        return { block, key: -1 };
      };
    }
    case "lipschitz":
      // The largest of exponential clocks at rate L_i: a sample by weight, without replacement.
      return top((i) =>
        lipschitz[i]! > 0 ? -stream.exponential() / lipschitz[i]! : Number.NEGATIVE_INFINITY,
      );
    case "gs":
      return top((i, gradient) => Math.abs(gradient[i]!));
    case "gsl":
      return top((i, gradient) => over(Math.abs(gradient[i]!), lipschitz[i]!));
    case "gsd": {
      const sums = problem.rowSums();
      return top((i, gradient) => over(Math.abs(gradient[i]!), sums[i]!));
    }
    case "gsq":
      if (l1 > 0 || nonnegative)
        return top((i, gradient, x) => {
          const l = lipschitz[i]!;
          if (l === 0) return 0;
          const d = proximalStep(x[i]!, gradient[i]!, l, l1, nonnegative);
          const gain = gradient[i]! * d + (l * d * d) / 2 + l1 * (Math.abs(x[i]! + d) - Math.abs(x[i]!));
          return -gain;
        });
      return hardThresholding(problem, size);
    default:
      throw new InvalidInputError("options.selection", `${selection} takes no variable blocks`);
  }
}

/** The block with the largest fall of the quadratic bound, approximately. */
function hardThresholding(problem: BlockProblem, size: number): ChooseBlock {
  const { n, lipschitz } = problem;
  const product = new Float64Array(n);
  // Power iteration gives at most the largest eigenvalue: a little is added.
  let direction = Float64Array.from({ length: n }, (_, i) => 1 + ((i * 7919) % 101) / 101);
  let largest = 0;
  for (let k = 0; k < 50; k++) {
    problem.boundProduct(direction, product);
    largest = Math.sqrt(product.reduce((sum, value) => sum + value * value, 0));
    if (largest === 0) break;
    direction = product.map((value) => value / largest);
  }
  const rate = largest > 0 ? 1 / (1.05 * largest) : 0;
  return ({ gradient }) => {
    const d = Float64Array.from(gradient, (g, i) => (lipschitz[i]! > 0 ? -g / lipschitz[i]! : 0));
    const scores = Float64Array.from(gradient, (g, i) =>
      lipschitz[i]! > 0 ? Math.abs(g) / Math.sqrt(lipschitz[i]!) : 0,
    );
    let block: Int32Array = largestScores(scores, size);
    keepOnly(d, block);
    for (let round = 0; round < 10; round++) {
      const before = d.slice();
      problem.boundProduct(d, product);
      for (let i = 0; i < n; i++) d[i]! -= rate * (gradient[i]! + product[i]!);
      block = largestScores(d.map(Math.abs), size);
      keepOnly(d, block);
      let change = 0;
      for (let i = 0; i < n; i++) change += (d[i]! - before[i]!) ** 2;
      if (change < 1e-20) break;
    }
    return { block, key: -1 };
  };
}

function keepOnly(d: Float64Array, block: Int32Array): void {
  const kept = block.map((i) => i);
  const values = Float64Array.from(kept, (i) => d[i]!);
  d.fill(0);
  for (const [p, i] of kept.entries()) d[i] = values[p]!;
}

function fixedBlocks(
  problem: BlockProblem,
  blocks: readonly Int32Array[],
  selection: Selection,
  stream: RandomStream,
): ChooseBlock {
  const { lipschitz, l1, nonnegative } = problem;
  const chosen = (key: number): ChosenBlock => ({ block: blocks[key]!, key });
  const best = (score: (block: Int32Array, state: BlockState, key: number) => number): ChooseBlock => {
    return (state) => {
      let top = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (const [key, block] of blocks.entries()) {
        const value = score(block, state, key);
        if (value > most) {
          most = value;
          top = key;
        }
      }
      return chosen(top);
    };
  };
  const squares = (block: Int32Array, { gradient }: BlockState): number => {
    let sum = 0;
    for (const i of block) sum += gradient[i]! ** 2;
    return sum;
  };
  switch (selection) {
    case "random":
      return () => chosen(stream.integer(blocks.length));
    case "cyclic": {
      let order: Int32Array = new Int32Array(0);
      return (_, iteration) => {
        const at = iteration % blocks.length;
        if (at === 0) order = stream.permutation(blocks.length);
        return chosen(order[at]!);
      };
    }
    case "lipschitz": {
      const sums = blocks.map((block) => block.reduce((sum, i) => sum + lipschitz[i]!, 0));
      const table = aliasTable(sums);
      return () => chosen(drawAlias(stream, table));
    }
    case "gs":
      return best(squares);
    case "gsl": {
      const constants = blocks.map((block) => {
        const h = new Float64Array(block.length ** 2);
        problem.hessianBound(block, h);
        return largestEigenvalue(h, block.length);
      });
      return best((block, state, key) => (constants[key]! > 0 ? squares(block, state) / constants[key]! : 0));
    }
    case "gsd": {
      const sums = problem.rowSums();
      return best((block, { gradient }) => {
        let sum = 0;
        for (const i of block) {
          if (sums[i]! > 0) sum += gradient[i]! ** 2 / sums[i]!;
        }
        return sum;
      });
    }
    case "gsq": {
      if (l1 > 0 || nonnegative)
        return best((block, { gradient, x }) => {
          let gain = 0;
          for (const i of block) {
            const l = lipschitz[i]!;
            if (l === 0) continue;
            const d = proximalStep(x[i]!, gradient[i]!, l, l1, nonnegative);
            gain -= gradient[i]! * d + (l * d * d) / 2 + l1 * (Math.abs(x[i]! + d) - Math.abs(x[i]!));
          }
          return gain;
        });
      const bounds = blocks.map((block) => {
        const h = new Float64Array(block.length ** 2);
        problem.hessianBound(block, h);
        return h;
      });
      return best((block, { gradient }, key) => {
        const h = bounds[key]!.slice();
        const d = Float64Array.from(block, (i) => gradient[i]!);
        solveSemidefinite(h, block.length, d);
        let sum = 0;
        for (const [p, i] of block.entries()) sum += gradient[i]! * d[p]!;
        return sum;
      });
    }
    default:
      throw new InvalidInputError("options.selection", `${selection} takes no fixed blocks`);
  }
}

/** Forests gathered anew at every iteration. */
function treeBlocks(
  problem: BlockProblem,
  selection: "tree-greedy" | "tree-random",
  stream: RandomStream,
): ChooseBlock {
  const { n, lipschitz } = problem;
  const scores = new Float64Array(n);
  return ({ gradient }) => {
    let order: Int32Array;
    if (selection === "tree-random") order = stream.permutation(n);
    else {
      for (let i = 0; i < n; i++) scores[i] = lipschitz[i]! > 0 ? gradient[i]! ** 2 / lipschitz[i]! : 0;
      order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
    }
    return { block: greedyForest(order, problem.graph!), key: -1 };
  };
}
