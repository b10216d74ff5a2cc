import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireInteger } from "../errors.ts";
import { customGradient } from "./autodiff.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/**
 * Sums updates into the rows of a table: row r of the result [rows, ...] is the sum of the updates whose
 * index is r. One result on any number of threads. For indices that stay the same from call to call a plan
 * (`segmentPlan`) is faster.
 */
export function scatterAdd(indices: Tensor | NdArray, updates: Tensor, rows: number): Tensor {
  requireInteger("rows", rows, 0);
  return toTensor(indices).scatterRows(updates, rows);
}

/**
 * How to sum segments without scattering: tables of item places, row by row, padded with the place after
 * the last. Long segments are summed in parts, parts of parts by the next table. A plain tree of arrays: hand
 * it to a compiled function as an argument.
 */
export interface SegmentPlan<T = NdArray> {
  /** Segment of each item, int32. */
  readonly ids: T;
  readonly tables: readonly T[];
}

/**
 * Prepares sums of items into `rows` segments, `ids[i]` being the segment of item i. O(items + rows), on
 * the host, once for a fixed graph.
 */
export function segmentPlan(ids: Int32Array, rows: number): SegmentPlan {
  requireInteger("rows", rows, 1);
  for (let i = 0; i < ids.length; i++)
    if (!(ids[i]! >= 0 && ids[i]! < rows))
      throw new InvalidInputError("ids", `item ${i} names segment ${ids[i]}, expected 0 to ${rows - 1}`);
  const tables: NdArray[] = [];
  let owners = ids;
  for (;;) {
    const counts = new Int32Array(rows);
    for (const owner of owners) counts[owner]!++;
    const width = Math.max(2, Math.ceil(owners.length / rows));
    const longest = counts.reduce((a, b) => Math.max(a, b), 0);
    // One more table costs a pass over parts: take the full width where that wastes little.
    const taken = longest <= 4 * width ? Math.max(1, longest) : 2 * width;
    const firsts = new Int32Array(rows + 1);
    for (let r = 0; r < rows; r++) firsts[r + 1] = firsts[r]! + Math.max(1, Math.ceil(counts[r]! / taken));
    const parts = firsts[rows]!;
    const table = new Int32Array(parts * taken).fill(owners.length);
    const filled = new Int32Array(rows);
    for (const [item, owner] of owners.entries()) table[firsts[owner]! * taken + filled[owner]!++] = item;
    tables.push({ dtype: "int32", shape: [parts, taken], data: table });
    if (parts === rows) break;
    owners = new Int32Array(parts);
    for (let r = 0; r < rows; r++) owners.fill(r, firsts[r]!, firsts[r + 1]!);
  }
  return { ids: { dtype: "int32", shape: [ids.length], data: ids }, tables };
}

/** Rows of x [n, ...] summed as a table says; one more row of zeros stands at its end. */
function sumTables(x: Tensor, tables: readonly Tensor[]): Tensor {
  let sums = x;
  for (const table of tables) {
    const none = sums.shape.map(() => 0);
    const padded = sums.padAxes(
      none,
      none.map((_, axis) => (axis === 0 ? 1 : 0)),
    );
    sums = padded.gather(table, 0).sum(1);
  }
  return sums;
}

/** Sums of items [n, ...] over the segments of a plan: [rows, ...]. Its gradient is a gather. */
export function segmentSum(items: Tensor, plan: SegmentPlan<Tensor | NdArray>): Tensor {
  const { ids, tables } = tensorsOf(plan);
  if (items.rank < 1 || items.shape[0] !== ids.shape[0])
    refuse("segmentSum", `items ${showType(items)} do not fit a plan of ${ids.shape[0]} items`);
  return customGradient(
    (x: Tensor) => sumTables(x, tables),
    (g: Tensor) => [gatherRows(g, plan)],
  )(items);
}

/** Rows of x [rows, ...] at the segments of a plan: [n, ...]. Its gradient is a `segmentSum`. */
export function gatherRows(x: Tensor, plan: SegmentPlan<Tensor | NdArray>): Tensor {
  return customGradient(
    (rows: Tensor) => rows.gather(tensorsOf(plan).ids, 0),
    (g: Tensor) => [segmentSum(g, plan)],
  )(x);
}

function tensorsOf({ ids, tables }: SegmentPlan<Tensor | NdArray>): SegmentPlan<Tensor> {
  return { ids: toTensor(ids), tables: tables.map((table) => toTensor(table)) };
}

/** Plan of a directed graph: who hears from whom, and the reverse for the gradient. */
export interface MessagePlan<T = NdArray> {
  /** First table: the sources heard at each target; then parts of parts. */
  readonly forward: readonly T[];
  readonly backward: readonly T[];
}

/** Prepares `propagate` for the edges `sources[e] -> targets[e]` among `nodes` nodes. */
export function messagePlan(sources: Int32Array, targets: Int32Array, nodes: number): MessagePlan {
  if (sources.length !== targets.length)
    throw new InvalidInputError(
      "targets",
      `expected ${sources.length} entries as in sources, got ${targets.length}`,
    );
  const direction = (from: Int32Array, to: Int32Array): readonly NdArray[] => {
    const [first, ...rest] = segmentPlan(to, nodes).tables;
    const data = Int32Array.from(first!.data as Int32Array, (edge) =>
      edge < from.length ? from[edge]! : nodes,
    );
    return [{ dtype: "int32", shape: first!.shape, data }, ...rest];
  };
  for (const [e, source] of sources.entries())
    if (!(source >= 0 && source < nodes))
      throw new InvalidInputError("sources", `edge ${e} starts at ${source}, expected 0 to ${nodes - 1}`);
  return { forward: direction(sources, targets), backward: direction(targets, sources) };
}

/**
 * One round of message passing: row v of the result is the sum of the rows of x [nodes, ...] at the sources
 * of the edges into v. Messages are never stored; the gradient is a round along the reversed edges.
 */
export function propagate(x: Tensor, plan: MessagePlan<TensorLike>): Tensor {
  const round = (along: readonly TensorLike[], back: readonly TensorLike[]): ((x: Tensor) => Tensor) =>
    customGradient(
      (rows: Tensor) =>
        sumTables(
          rows,
          along.map((table) => toTensor(table)),
        ),
      (g: Tensor) => [round(back, along)(g)],
    );
  return round(plan.forward, plan.backward)(x);
}
