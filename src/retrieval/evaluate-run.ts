import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import type { Judgements, TrecRun } from "../core/io/index.ts";
import { ndcgAt, recallAt, reciprocalRank } from "./measures.ts";

export interface EvaluateRunOptions {
  /** Where nDCG is cut off; default [10]. */
  readonly ndcg?: readonly number[];
  /** Where recall is cut off; default [10, 100]. */
  readonly recall?: readonly number[];
}

export interface RunEvaluation {
  /** Means over the queries, by measure: "nDCG@10", "recall@10", "recall@100", "MRR". */
  readonly means: Readonly<Record<string, number>>;
  /** The same measures of every query that counts, in the order of the judgements. */
  readonly queries: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Queries that count, but of which the run has nothing: 0 in every measure. */
  readonly missing: number;
  /** Judged queries without a relevant document, left out. */
  readonly withoutRelevant: number;
  /** Queries of the run without a judgement, left out. */
  readonly unjudged: number;
}

/**
 * How well a run found what was judged relevant: means over all judged queries that have a relevant document, found or
 * not, as by `trec_eval -c`. nDCG takes grades as gains; recall and reciprocal rank count grades above 0. Documents
 * without a judgement are not relevant.
 *
 * @throws InvalidInputError when no judged query has a relevant document, or none of them is in the run
 */
export function evaluateRun(
  run: TrecRun,
  judgements: Judgements,
  options: EvaluateRunOptions = {},
): RunEvaluation {
  requireKnownOptions("options", options, ["ndcg", "recall"]);
  const { ndcg = [10], recall = [10, 100] } = options;
  for (const k of ndcg) requireInteger("options.ndcg", k, 1);
  for (const k of recall) requireInteger("options.recall", k, 1);
  const queries = new Map<string, Readonly<Record<string, number>>>();
  let [missing, withoutRelevant] = [0, 0];
  for (const [query, grades] of judgements) {
    if (![...grades.values()].some((grade) => grade > 0)) {
      withoutRelevant++;
      continue;
    }
    if (!run.has(query)) missing++;
    const found = (run.get(query) ?? []).map(({ document }) => document);
    queries.set(query, {
      ...Object.fromEntries(ndcg.map((k) => [`nDCG@${k}`, ndcgAt(found, grades, k)])),
      ...Object.fromEntries(recall.map((k) => [`recall@${k}`, recallAt(found, grades, k)])),
      MRR: reciprocalRank(found, grades),
    });
  }
  if (queries.size === 0) throw new InvalidInputError("judgements", "no query has a relevant document");
  if (missing === queries.size)
    throw new InvalidInputError("run", "has none of the judged queries: are the names of queries the same?");
  const names = Object.keys(queries.values().next().value!);
  const mean = (name: string): number =>
    Array.from(queries.values()).reduce((sum, measures) => sum + measures[name]!, 0) / queries.size;
  return {
    means: Object.fromEntries(names.map((name) => [name, mean(name)])),
    queries,
    missing,
    withoutRelevant,
    unjudged: Array.from(run.keys()).filter((query) => !judgements.has(query)).length,
  };
}
