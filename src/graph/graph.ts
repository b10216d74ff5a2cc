import type { CsrMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import {
  csrFromTriplets,
  type DuplicateRule,
  requireCsr,
  rowCounts,
  rowSums,
  transpose,
} from "../core/sparse/index.ts";

/**
 * A graph: entry (u, v) of the adjacency is the weight of the edge from u to v. An undirected graph stores
 * every edge in both directions (a self-loop once). A plain object, immutable by convention.
 */
export interface Graph {
  /** Number of vertices, numbered from 0. */
  readonly nodes: number;
  /** nodes x nodes, entries >= 0; symmetric when the graph is undirected. */
  readonly adjacency: CsrMatrix;
  readonly directed: boolean;
  /** Whether some weight differs from 1. */
  readonly weighted: boolean;
  /** Names of the vertices in the data that the graph came from. */
  readonly ids?: readonly string[];
  readonly report: GraphReport;
}

/** What became of the edges that a graph was built from. */
export interface GraphReport {
  /** Edges of the graph; an undirected edge counts once. */
  readonly edges: number;
  readonly droppedSelfLoops: number;
  readonly mergedDuplicates: number;
  /** Vertices without any edge. */
  readonly isolated: number;
}

/** Edges by position: from `sources[k]` to `targets[k]`, of weight `weights[k]` (default 1). */
export interface EdgeArrays {
  readonly sources: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

export interface GraphOptions {
  /** Number of vertices; default one more than the largest index. */
  readonly nodes?: number;
  /** Default false. An undirected graph gets the reverse of every edge. */
  readonly directed?: boolean;
  /** Default "drop". */
  readonly selfLoops?: "keep" | "drop";
  /**
   * What becomes of an edge that occurs again (undirected: in either direction); default "first" without
   * weights, so that an edge list with both directions stays unweighted, and "sum" with weights.
   */
  readonly duplicates?: DuplicateRule;
  readonly ids?: readonly string[];
}

const graphOptions = ["nodes", "directed", "selfLoops", "duplicates", "ids"] as const;

/**
 * Builds a graph from edges in any order. O(edges + nodes).
 *
 * Throws InvalidInputError naming the first edge with an index out of range or a weight that is negative,
 * NaN or infinite.
 */
export function graphFromEdges(edges: EdgeArrays, options: GraphOptions = {}): Graph {
  requireKnownOptions("options", options, graphOptions);
  const { sources, targets, weights } = edges;
  const count = sources.length;
  if (targets.length !== count)
    throw new InvalidInputError("edges.targets", `expected ${count} entries, got ${targets.length}`);
  if (weights !== undefined && weights.length !== count)
    throw new InvalidInputError("edges.weights", `expected ${count} entries, got ${weights.length}`);
  const directed = options.directed ?? false;
  const keepLoops =
    requireOneOf("options.selfLoops", options.selfLoops ?? "drop", ["keep", "drop"]) === "keep";
  const duplicates = options.duplicates ?? (weights === undefined ? "first" : "sum");
  const bound = options.nodes === undefined ? 2147483647 : requireInteger("options.nodes", options.nodes, 0);
  let largest = -1;
  for (let k = 0; k < count; k++) {
    const source = sources[k]!;
    const target = targets[k]!;
    if (
      !(source >= 0 && target >= 0 && source < bound && target < bound && Number.isInteger(source + target))
    )
      throw new InvalidInputError(
        "edges",
        `edge ${k} joins ${show(source)} and ${show(target)}; expected whole numbers from 0 to ${bound - 1}`,
      );
    const weight = weights === undefined ? 1 : weights[k]!;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new InvalidInputError(
        "edges",
        `edge ${k} (${source} to ${target}) has weight ${show(weight)}; expected finite weights >= 0`,
      );
    largest = Math.max(largest, source, target);
  }
  const nodes = options.nodes ?? largest + 1;
  if (options.ids !== undefined && options.ids.length !== nodes)
    throw new InvalidInputError("options.ids", `expected ${nodes} names, got ${options.ids.length}`);

  // An undirected edge is put into the upper triangle first, where its repetitions meet.
  const rows = new Int32Array(count);
  const columns = new Int32Array(count);
  const values = new Float64Array(count);
  let kept = 0;
  for (let k = 0; k < count; k++) {
    const source = sources[k]!;
    const target = targets[k]!;
    if (source === target && !keepLoops) continue;
    rows[kept] = directed ? source : Math.min(source, target);
    columns[kept] = directed ? target : Math.max(source, target);
    values[kept++] = weights === undefined ? 1 : weights[k]!;
  }
  const arcs = csrFromTriplets(
    nodes,
    nodes,
    rows.subarray(0, kept),
    columns.subarray(0, kept),
    values.subarray(0, kept),
    { duplicates },
  );
  return graphOf(directed ? arcs : withTranspose(arcs), directed, options.ids, {
    droppedSelfLoops: count - kept,
    mergedDuplicates: kept - arcs.indices.length,
  });
}

/**
 * A graph of a square adjacency matrix with entries >= 0. With `directed: false` (the default) the matrix
 * must be symmetric: nothing is symmetrised in silence, use {@link undirected}.
 */
export function graphFromAdjacency(
  adjacency: CsrMatrix,
  options: { readonly directed?: boolean; readonly ids?: readonly string[] } = {},
): Graph {
  requireKnownOptions("options", options, ["directed", "ids"]);
  const matrix = requireCsr("adjacency", adjacency, { square: true, nonnegative: true });
  const directed = options.directed ?? false;
  const double: CsrMatrix =
    matrix.data instanceof Float64Array
      ? (matrix as CsrMatrix)
      : { ...matrix, data: Float64Array.from(matrix.data) };
  if (!directed) requireSymmetric(double);
  if (options.ids !== undefined && options.ids.length !== matrix.rows)
    throw new InvalidInputError("options.ids", `expected ${matrix.rows} names, got ${options.ids.length}`);
  return graphOf(double, directed, options.ids, { droppedSelfLoops: 0, mergedDuplicates: 0 });
}

/** Refuses anything but a well-formed graph; a bare adjacency matrix is taken as a directed graph. O(edges). */
export function requireGraph(argument: string, value: unknown): Graph {
  const graph = value as Graph | null | undefined;
  if (typeof graph === "object" && graph !== null && "adjacency" in graph) {
    const { rows } = requireCsr(`${argument}.adjacency`, graph.adjacency, {
      square: true,
      nonnegative: true,
    });
    if (graph.nodes !== rows)
      throw new InvalidInputError(
        `${argument}.nodes`,
        `expected ${rows} as in the adjacency, got ${show(graph.nodes)}`,
      );
    if (!(graph.adjacency.data instanceof Float64Array))
      throw new InvalidInputError(`${argument}.adjacency.data`, `expected float64 weights`);
    return graph;
  }
  if (typeof value === "object" && value !== null && "indptr" in value) {
    const matrix = requireCsr(argument, value, { square: true, nonnegative: true });
    const double = { ...matrix, data: Float64Array.from(matrix.data) };
    return graphOf(double, true, undefined, { droppedSelfLoops: 0, mergedDuplicates: 0 });
  }
  throw new InvalidInputError(argument, `expected a Graph or a square CsrMatrix, got ${show(value)}`);
}

/** Weighted degree of every vertex: the sum of its row, for directed graphs the out-degree. O(edges). */
export function degrees(graph: Graph): Float64Array {
  return rowSums(graph.adjacency);
}

/** The graph without directions: u and v are joined when either arc exists, by the larger of two weights. */
export function undirected(graph: Graph): Graph {
  if (!graph.directed) return graph;
  return graphFromEdges(edgesOf(graph), {
    nodes: graph.nodes,
    selfLoops: "keep",
    duplicates: "max",
    ...(graph.ids === undefined ? {} : { ids: graph.ids }),
  });
}

/** Every edge of a graph once: of an undirected one the direction from the lower to the higher vertex. */
export function edgesOf(graph: Graph): {
  readonly sources: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
} {
  const { indptr, indices, data } = graph.adjacency;
  const sources = new Int32Array(indices.length);
  const targets = new Int32Array(indices.length);
  const weights = new Float64Array(indices.length);
  let count = 0;
  for (let u = 0; u < graph.nodes; u++) {
    for (let k = indptr[u]!; k < indptr[u + 1]!; k++) {
      if (!graph.directed && indices[k]! < u) continue;
      sources[count] = u;
      targets[count] = indices[k]!;
      weights[count++] = data[k]!;
    }
  }
  return {
    sources: sources.subarray(0, count),
    targets: targets.subarray(0, count),
    weights: weights.subarray(0, count),
  };
}

/**
 * SHA-256 of what the graph is (direction, vertices, edges, weights; not ids or report), in hexadecimal: an
 * index built from a graph carries it, so that it is never used with another one.
 */
export async function contentHash(graph: Graph): Promise<string> {
  const { indptr, indices, data } = graph.adjacency;
  const digests: Uint8Array[] = [Uint8Array.of(graph.directed ? 1 : 0)];
  for (const array of [indptr, indices, data]) {
    // A copy, because digests of shared memory are refused.
    const bytes = new Uint8Array(array.byteLength);
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    digests.push(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  }
  const joined = new Uint8Array(await new Blob(digests as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A graph of a checked adjacency matrix. O(edges). */
export function graphOf(
  adjacency: CsrMatrix,
  directed: boolean,
  ids: readonly string[] | undefined,
  counts: { readonly droppedSelfLoops: number; readonly mergedDuplicates: number },
): Graph {
  const nodes = adjacency.rows;
  const touched = rowCounts(adjacency);
  let loops = 0;
  for (let u = 0; u < nodes; u++) {
    for (let k = adjacency.indptr[u]!; k < adjacency.indptr[u + 1]!; k++) {
      if (adjacency.indices[k] === u) loops++;
      if (directed) touched[adjacency.indices[k]!]!++;
    }
  }
  let isolated = 0;
  for (const count of touched) if (count === 0) isolated++;
  const arcs = adjacency.indices.length;
  return {
    nodes,
    adjacency,
    directed,
    weighted: adjacency.data.some((weight) => weight !== 1),
    ...(ids === undefined ? {} : { ids }),
    report: { edges: directed ? arcs : (arcs - loops) / 2 + loops, ...counts, isolated },
  };
}

/** An upper triangle completed to a symmetric matrix: both arcs of every edge. O(entries). */
function withTranspose(upper: CsrMatrix): CsrMatrix {
  const { rows: nodes } = upper;
  const lower = transpose(upper);
  const indptr = new Int32Array(nodes + 1);
  const most = 2 * upper.indices.length;
  if (most > 2147483647) throw new InvalidInputError("edges", `too many edges: ${upper.indices.length}`);
  const indices = new Int32Array(most);
  const data = new Float64Array(most);
  let next = 0;
  for (let u = 0; u < nodes; u++) {
    // Row u of the transpose has columns <= u, row u of the triangle columns >= u: already in order.
    for (let k = lower.indptr[u]!; k < lower.indptr[u + 1]!; k++) {
      if (lower.indices[k] === u) continue;
      indices[next] = lower.indices[k]!;
      data[next++] = lower.data[k]!;
    }
    for (let k = upper.indptr[u]!; k < upper.indptr[u + 1]!; k++) {
      indices[next] = upper.indices[k]!;
      data[next++] = upper.data[k]!;
    }
    indptr[u + 1] = next;
  }
  if (next === most) return { rows: nodes, cols: nodes, indptr, indices, data };
  return { rows: nodes, cols: nodes, indptr, indices: indices.slice(0, next), data: data.slice(0, next) };
}

function requireSymmetric(matrix: CsrMatrix): void {
  const mirrored = transpose(matrix);
  for (let u = 0; u < matrix.rows; u++) {
    for (let k = matrix.indptr[u]!; k < matrix.indptr[u + 1]!; k++) {
      if (
        matrix.indptr[u + 1] !== mirrored.indptr[u + 1] ||
        matrix.indices[k] !== mirrored.indices[k] ||
        matrix.data[k] !== mirrored.data[k]
      )
        throw new InvalidInputError(
          "adjacency",
          `row ${u} differs from column ${u}: not symmetric; pass directed: true, or make it undirected first`,
        );
    }
  }
}
