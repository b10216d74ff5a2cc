import { type CsrMatrix, type Matrix, type NdArray, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { type AnyCsrMatrix, requireCsr, rowCounts, rowSums } from "../core/sparse/index.ts";
import {
  type Block,
  finished,
  inPrecision,
  newBlock,
  type Precision,
  shared,
  transitionMatrix,
} from "./block.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { columnMoments, type MergeOptions, mix, mixRows, standardizeColumns } from "./merge-hops.ts";
import { degreeFactors, featureProjection, startBlock } from "./projection.ts";
import { propagate, propagateRows } from "./propagate.ts";

export interface FastRPOptions extends LongCallOptions, MergeOptions {
  /** Columns of the projection; default 128. */
  readonly dim?: number;
  /** Weight a_k of hop k = 1, 2, ...; their number is the number of hops. Default [0, 1, 4, 4]. */
  readonly weights?: readonly number[];
  /**
   * Exponent of the degrees that scale the columns of the similarity; negative values damp hubs. Default
   * -0.5; tune it between -1 and 0, see `tuneFastRP`.
   */
  readonly beta?: number;
  /** Random signs, mostly absent (default), or dense normals. */
  readonly projection?: "very-sparse" | "gaussian";
  /**
   * Of the very sparse projection: one entry in s is present. Default "sqrt", s = sqrt(nodes); 3 is the
   * projection of Achlioptas, denser and steadier on small graphs.
   */
  readonly sparsity?: number | "sqrt";
  /** Powers of the transition matrix D^-1 A (default) or of the adjacency itself. */
  readonly input?: "transition" | "adjacency";
  /** A projection to use instead of a random one, nodes x dim. */
  readonly projectionMatrix?: Matrix;
  /** Properties of the vertices, nodes x anything: projected to `dim` columns and merged in as hop 0. */
  readonly selfFeatures?: Matrix;
  /** Weight of hop 0 beside `selfFeatures`; default 1. */
  readonly selfWeight?: number;
  /** Precision of products and result; default "float32". */
  readonly dtype?: Precision;
  /** Divides the rows of every product among workers; the result is the same without. */
  readonly pool?: Pool;
}

/** What an embedding left out. */
export interface FastRPInfo {
  /** Vertices without any edge: their embedding is zero. */
  readonly isolated: number;
  /** Vertices with edges to them only: their embedding is zero too. */
  readonly dangling: number;
}

/** A fitted projection: every hop is kept, so that other weights cost no product. */
export interface FastRPModel {
  /** Hops U_1 .. U_q as propagated, nodes x dim each, neither normalised nor weighted. */
  readonly hops: readonly NdArray<Precision>[];
  readonly info: FastRPInfo;
  /** The embedding for other weights (as many as hops, or fewer) or merge options; O(q nodes dim). */
  merge(weights: readonly number[], options?: MergeOptions): NdArray<Precision>;
  /**
   * Embeds vertices that were not in the graph, from their edges to its vertices (new vertices x nodes), with
   * the weights, normalisation and standardisation of the fit. Row i equals what vertex u of the graph gets
   * when its edges are given again. Their properties must be given when the fit had `selfFeatures`.
   */
  transformNew(rows: CsrMatrix, selfFeatures?: Matrix): NdArray<Precision>;
}

const mergeOptions = ["normalizeHops", "merge", "standardize"] as const;
const fastRPOptions = [
  ...longCallOptions,
  ...mergeOptions,
  "dim",
  "weights",
  "beta",
  "projection",
  "sparsity",
  "input",
  "projectionMatrix",
  "selfFeatures",
  "selfWeight",
  "dtype",
  "pool",
] as const;

const mostHops = 64;

/**
 * FastRP node embedding: vertices that reach each other in a few steps get similar vectors. With P = D^-1 A
 * and L = diag((d_j / sum d)^beta), the similarities P^k L after k steps are projected by a random matrix R
 * without ever being formed: U_1 = P (L R), U_(k+1) = P U_k, and the embedding is the weighted sum of the
 * hops. R stays sparse in the first product.
 *
 * Returns nodes x dim (nodes x dim * hops with `merge: "concat"`). Vertices without outgoing edges get zero
 * vectors, unless they have `selfFeatures`. A bare matrix is taken as the adjacency of a directed graph.
 *
 * O(hops * edges * dim) time; memory for three nodes x dim blocks. Chen, Sultan, Tian, Chen and Skiena, "Fast
 * and Accurate Network Embeddings via Very Sparse Random Projection", CIKM 2019.
 */
export async function fastRP(
  graph: Graph | CsrMatrix,
  options: FastRPOptions = {},
): Promise<NdArray<Precision>> {
  const setup = prepare(graph, options);
  const { settings, nodes } = setup;
  const { weights, dim } = settings;
  if (settings.merge === "concat") return mergeHops(setup, await allHops(setup), weights, settings);
  const sharing = settings.pool !== undefined;
  const mixture = newBlock(nodes * dim, settings.dtype, sharing);
  if (setup.self !== undefined)
    mixRows(setup.self, mixture, settings.selfWeight, settings.normalizeHops, dim, 0, nodes);
  const buffers = [0, 1].map(() => newBlock(nodes * dim, settings.dtype, sharing)) as [Block, Block];
  let block: Block | AnyCsrMatrix = setup.start;
  for (const [hop, weight] of weights.entries()) {
    const out = buffers[hop % 2]!;
    await propagate(
      { matrix: setup.matrix, block, out, mixture, weight, normalize: settings.normalizeHops, width: dim },
      stageOf(settings.call, `hop ${hop + 1}`, hop, hop + 1, weights.length),
      settings.pool,
    );
    block = out;
  }
  if (settings.standardize)
    standardizeColumns(mixture, dim, columnMoments(mixture, dim, setup.empty), setup.empty);
  return finished(mixture, [nodes, dim], settings.dtype);
}

/**
 * {@link fastRP} with every hop kept, for trying weights (`merge`) and for embedding new vertices
 * (`transformNew`). Memory for hops + 1 nodes x dim blocks.
 */
export async function fitFastRP(graph: Graph | CsrMatrix, options: FastRPOptions = {}): Promise<FastRPModel> {
  const setup = prepare(graph, options);
  const { settings, nodes } = setup;
  const hops = await allHops(setup);
  return {
    hops: hops.map((hop) => finished(hop, [nodes, settings.dim], settings.dtype)),
    info: setup.info,
    merge: (weights, mergeWith = {}) => {
      requireKnownOptions("options", mergeWith, mergeOptions);
      requireWeights("weights", weights, hops.length);
      return mergeHops(setup, hops, weights, mergeSettings("options", { ...settings, ...mergeWith }));
    },
    transformNew: (rows, selfFeatures) => transformNew(setup, hops, rows, selfFeatures),
  };
}

interface Settings extends Required<MergeOptions> {
  readonly dim: number;
  readonly weights: readonly number[];
  readonly selfWeight: number;
  readonly dtype: Precision;
  readonly input: "transition" | "adjacency";
  readonly pool: Pool | undefined;
  readonly call: LongCallOptions;
}

interface Setup {
  readonly settings: Settings;
  readonly nodes: number;
  readonly matrix: AnyCsrMatrix;
  /** L R. */
  readonly start: Block | AnyCsrMatrix;
  readonly self: Block | undefined;
  /** Properties of vertices as hop 0; undefined when the fit had none. */
  readonly projectFeatures: ((argument: string, features: Matrix, rows: number) => Block) | undefined;
  /** Whether a vertex has neither outgoing edges nor properties, and thus no embedding. */
  readonly empty: Uint8Array;
  readonly info: FastRPInfo;
}

function prepare(input: Graph | CsrMatrix, options: FastRPOptions): Setup {
  requireKnownOptions("options", options, fastRPOptions);
  options.signal?.throwIfAborted();
  const { nodes, adjacency } = requireGraph("graph", input);
  if (nodes === 0) throw new InvalidInputError("graph", "has no vertices");
  if (adjacency.indices.length === 0) throw new InvalidInputError("graph", "has no edges");
  const { projectionMatrix } = options;
  if (projectionMatrix !== undefined)
    requireMatrix("options.projectionMatrix", projectionMatrix, { dtype: "float64", rows: nodes });
  const dim = requireInteger("options.dim", options.dim ?? projectionMatrix?.shape[1] ?? 128, 1, 1 << 20);
  if (projectionMatrix !== undefined)
    requireMatrix("options.projectionMatrix", projectionMatrix, { cols: dim });
  const weights = [...(options.weights ?? [0, 1, 4, 4])];
  requireWeights("options.weights", weights, mostHops);
  const beta = requireFinite("options.beta", options.beta ?? -0.5, -10, 10);
  const dtype = requireOneOf("options.dtype", options.dtype ?? "float32", ["float32", "float64"]);
  const source = requireOneOf("options.input", options.input ?? "transition", ["transition", "adjacency"]);
  const sharing = options.pool !== undefined;

  const sums = rowSums(adjacency);
  const empty = new Uint8Array(nodes);
  let without = 0;
  for (let u = 0; u < nodes; u++) {
    if (sums[u]! > 0) continue;
    if (options.selfFeatures === undefined) empty[u] = 1;
    without++;
  }
  const isolated = countIsolated(adjacency);
  const walk =
    source === "transition" ? transitionMatrix(adjacency, sums, dtype) : inPrecision(adjacency, dtype);
  const scale = degreeFactors(sums, beta);
  const start = startBlock(scale, dim, dtype, options);
  const projectFeatures =
    options.selfFeatures === undefined
      ? undefined
      : featureProjection(options.selfFeatures, dim, dtype, options.seed);
  return {
    settings: {
      dim,
      weights,
      selfWeight: requireFinite("options.selfWeight", options.selfWeight ?? 1),
      dtype,
      input: source,
      pool: options.pool,
      call: options,
      ...mergeSettings("options", options),
    },
    nodes,
    matrix: sharing ? shared(walk) : walk,
    start,
    self: projectFeatures?.("options.selfFeatures", options.selfFeatures!, nodes),
    projectFeatures,
    empty,
    info: { isolated, dangling: without - isolated },
  };
}

async function allHops(setup: Setup): Promise<Block[]> {
  const { settings, nodes, matrix } = setup;
  const { dim, weights } = settings;
  const hops: Block[] = [];
  let block: Block | AnyCsrMatrix = setup.start;
  for (let hop = 0; hop < weights.length; hop++) {
    const out = newBlock(nodes * dim, settings.dtype, settings.pool !== undefined);
    await propagate(
      { matrix, block, out, width: dim },
      stageOf(settings.call, `hop ${hop + 1}`, hop, hop + 1, weights.length),
      settings.pool,
    );
    hops.push(out);
    block = out;
  }
  return hops;
}

function mergeHops(
  setup: Setup,
  hops: readonly Block[],
  weights: readonly number[],
  how: Required<MergeOptions>,
): NdArray<Precision> {
  const { nodes, settings } = setup;
  const { merged, columns } = mix(
    terms(setup, setup.self, hops, weights),
    nodes,
    settings.dim,
    settings.dtype,
    how,
  );
  if (how.standardize)
    standardizeColumns(merged, columns, columnMoments(merged, columns, setup.empty), setup.empty);
  return finished(merged, [nodes, columns], settings.dtype);
}

/** Hop 0, where there is one, and the hops, with their weights. */
function terms(
  setup: Setup,
  self: Block | undefined,
  hops: readonly Block[],
  weights: readonly number[],
): { block: Block; weight: number }[] {
  const hop0 = self === undefined ? [] : [{ block: self, weight: setup.settings.selfWeight }];
  return [...hop0, ...weights.map((weight, hop) => ({ block: hops[hop]!, weight }))];
}

function transformNew(
  setup: Setup,
  hops: readonly Block[],
  rows: CsrMatrix,
  selfFeatures: Matrix | undefined,
): NdArray<Precision> {
  const { settings, nodes, projectFeatures } = setup;
  const { dim, dtype, weights } = settings;
  const given = inPrecision(
    requireCsr("rows", rows, { cols: nodes, nonnegative: true }),
    "float64",
  ) as CsrMatrix;
  if ((selfFeatures === undefined) !== (projectFeatures === undefined))
    throw new InvalidInputError(
      "selfFeatures",
      projectFeatures === undefined ? "the fit had none" : "expected, because the fit had them",
    );
  const self = projectFeatures?.("selfFeatures", selfFeatures!, given.rows);
  const sums = rowSums(given);
  const matrix =
    settings.input === "transition" ? transitionMatrix(given, sums, dtype) : inPrecision(given, dtype);
  const newHops = [setup.start, ...hops.slice(0, -1)].map((block) => {
    const out = newBlock(given.rows * dim, dtype, false);
    propagateRows({ matrix, block, out, width: dim, first: 0, last: given.rows });
    return out;
  });
  const { merged, columns } = mix(terms(setup, self, newHops, weights), given.rows, dim, dtype, settings);
  if (settings.standardize) {
    const fitted = mix(terms(setup, setup.self, hops, weights), nodes, dim, dtype, settings).merged;
    const empty = Uint8Array.from(sums, (sum) => (sum > 0 || self !== undefined ? 0 : 1));
    standardizeColumns(merged, columns, columnMoments(fitted, columns, setup.empty), empty);
  }
  return finished(merged, [given.rows, columns], dtype);
}

function mergeSettings(argument: string, options: MergeOptions): Required<MergeOptions> {
  return {
    normalizeHops: requireBoolean(`${argument}.normalizeHops`, options.normalizeHops ?? true),
    merge: requireOneOf(`${argument}.merge`, options.merge ?? "sum", ["sum", "concat"]),
    standardize: requireBoolean(`${argument}.standardize`, options.standardize ?? true),
  };
}

function requireBoolean(argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInputError(argument, `expected true or false, got ${show(value)}`);
}

function requireWeights(argument: string, weights: readonly number[], most: number): void {
  if (!Array.isArray(weights) || weights.length === 0 || weights.length > most)
    throw new InvalidInputError(
      argument,
      `expected 1 to ${most} weights, one for each hop, got ${show(weights)}`,
    );
  for (const [hop, weight] of weights.entries()) requireFinite(`${argument}[${hop}]`, weight);
  if (weights.every((weight) => weight === 0))
    throw new InvalidInputError(argument, "expected a weight that is not zero");
}

function countIsolated(adjacency: CsrMatrix): number {
  const touched = rowCounts(adjacency);
  for (const column of adjacency.indices) touched[column]!++;
  return touched.reduce((isolated, count) => isolated + (count === 0 ? 1 : 0), 0);
}
