import type { CsrMatrix } from "../core/array/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import type { Graph } from "./graph.ts";
import { type PprRule, transitionsOf } from "./personalized-pagerank.ts";
import { meanVisits } from "./ppr-power-iteration.ts";

/** Some entries of a vector, by ascending index. */
export interface ScoredEntries {
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/**
 * Turns estimated visits q of walks that end at dangling vertices into scores: scaled to sum 1, once and at the
 * very end, because visits are linear in the start and scores are not.
 */
export class PprScores {
  readonly #rule: PprRule;
  /** Where walks from anywhere come by, with "uniform". */
  readonly #mean: ScoredEntries | undefined;

  private constructor(rule: PprRule, mean: ScoredEntries | undefined) {
    this.#rule = rule;
    this.#mean = mean;
  }

  /** With "uniform" solves one PageRank of the whole graph: O(edges log(1/tolerance) / c). */
  static async prepare(graph: Graph, rule: PprRule, options: LongCallOptions = {}): Promise<PprScores> {
    if (rule.dangling !== "uniform") return new PprScores(rule, undefined);
    const pace = new Pace(options, 1);
    const values = await meanVisits(transitionsOf(graph), { teleport: rule.teleport }, pace);
    pace.finish();
    return new PprScores(rule, { indices: Int32Array.from(values, (_, v) => v), values });
  }

  /** Such that another thread can do the same; see {@link PprScores.of}. */
  get mean(): ScoredEntries | undefined {
    return this.#mean;
  }

  static of(rule: PprRule, mean: ScoredEntries | undefined): PprScores {
    return new PprScores(rule, mean);
  }

  /** Scores of one row of visits; may take the row's arrays over. */
  finish(entries: ScoredEntries): ScoredEntries {
    if (this.#rule.dangling === "absorb") return entries;
    const sum = total(entries.values);
    if (this.#mean === undefined || sum >= 1) {
      scaleToOne(entries.values);
      return entries;
    }
    // Walks that went on anywhere, as often as makes the whole a distribution.
    const again = (1 - sum) / total(this.#mean.values);
    const values = this.#mean.values.map((value) => again * value);
    for (let k = 0; k < entries.indices.length; k++) values[entries.indices[k]!]! += entries.values[k]!;
    return { indices: this.#mean.indices, values };
  }

  finishRows(visits: CsrMatrix): CsrMatrix {
    const rows: ScoredEntries[] = [];
    for (let row = 0; row < visits.rows; row++) {
      const [first, last] = [visits.indptr[row]!, visits.indptr[row + 1]!];
      rows.push(
        this.finish({ indices: visits.indices.slice(first, last), values: visits.data.slice(first, last) }),
      );
    }
    return csrOfRows(rows, visits.cols);
  }
}

export function csrOfRows(rows: readonly ScoredEntries[], cols: number): CsrMatrix {
  const indptr = new Int32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) indptr[i + 1] = indptr[i]! + row.indices.length;
  const indices = new Int32Array(indptr[rows.length]!);
  const data = new Float64Array(indptr[rows.length]!);
  for (const [i, row] of rows.entries()) {
    indices.set(row.indices, indptr[i]!);
    data.set(row.values, indptr[i]!);
  }
  return { rows: rows.length, cols, indptr, indices, data };
}

/** Divides by the sum, in place. */
function scaleToOne(values: Float64Array): void {
  const sum = total(values);
  for (let k = 0; k < values.length; k++) values[k]! /= sum;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  return sum;
}
