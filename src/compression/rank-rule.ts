import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";

/** How the rank of a factored layer is chosen from its singular values, descending. */
export type RankRule =
  /** The same for every layer. */
  | { readonly kind: "fixed"; readonly rank: number }
  /** max(1, round(keep min(out, in))). */
  | { readonly kind: "ratio"; readonly keep: number }
  /** The fewest whose squares make up this part of the sum of all squares. */
  | { readonly kind: "energy"; readonly threshold: number }
  /** Those that are at least this large. */
  | { readonly kind: "value"; readonly threshold: number }
  /** The most with rank (out + in) <= keep out in. */
  | { readonly kind: "params"; readonly keep: number }
  /** Over all layers together: that they take at most so many parameters, see {@link budgetRanks}. */
  | { readonly kind: "budget"; readonly totalParams: number };

const fields = {
  fixed: "rank",
  ratio: "keep",
  energy: "threshold",
  value: "threshold",
  params: "keep",
  budget: "totalParams",
} as const;

/** Refuses a rule that makes no sense. */
export function requireRankRule(argument: string, rule: RankRule): RankRule {
  if (typeof rule !== "object" || rule === null)
    throw new InvalidInputError(
      argument,
      `expected a rule such as { kind: "ratio", keep: 0.6 }, got ${show(rule)}`,
    );
  const kind = requireOneOf(`${argument}.kind`, rule.kind, Object.keys(fields) as RankRule["kind"][]);
  requireKnownOptions(argument, rule, ["kind", fields[kind]]);
  if (rule.kind === "fixed") requireInteger(`${argument}.rank`, rule.rank, 1);
  else if (rule.kind === "budget") requireInteger(`${argument}.totalParams`, rule.totalParams, 1);
  else if (rule.kind === "value") requireFinite(`${argument}.threshold`, rule.threshold, 0);
  else {
    const name = fields[rule.kind];
    const part = rule.kind === "energy" ? rule.threshold : rule.keep;
    if (requireFinite(`${argument}.${name}`, part, 0, 1) === 0)
      throw new InvalidInputError(`${argument}.${name}`, "expected a number above 0, got 0");
  }
  return rule;
}

/** Rank from which on two factors take as much room as the matrix: out in / (out + in). */
export function breakEvenRank(out: number, inputs: number): number {
  return (out * inputs) / (out + inputs);
}

/**
 * The rank that a rule gives a layer [out, in] with these singular values, from 1 to their number. Rules of one layer only;
 * see {@link budgetRanks} for all together.
 */
export function chooseRank(
  singularValues: Float64Array,
  shape: readonly [out: number, inputs: number],
  rule: Exclude<RankRule, { kind: "budget" }>,
): number {
  const [m, n] = shape;
  const most = singularValues.length;
  const within = (rank: number) => Math.min(most, Math.max(1, rank));
  switch (rule.kind) {
    case "fixed":
      return within(rule.rank);
    case "ratio":
      return within(Math.round(rule.keep * Math.min(m, n)));
    case "params":
      return within(Math.floor((rule.keep * m * n) / (m + n)));
    case "value":
      return within(singularValues.filter((s) => s >= rule.threshold).length);
    case "energy": {
      let total = 0;
      for (const s of singularValues) total += s * s;
      let sum = 0;
      let rank = 0;
      while (rank < most && sum < rule.threshold * total) sum += singularValues[rank++]! ** 2;
      return within(rank);
    }
  }
}

/**
 * Ranks of several layers that take at most `totalParams` parameters together, a dense layer counting as it is: from full
 * rank, the component that carries the least of its layer's squares for a parameter saved is dropped again and again.
 * A rank at or beyond the break-even stands for a dense layer. O(components log components).
 */
export function budgetRanks(
  layers: readonly { readonly singularValues: Float64Array; readonly shape: readonly [number, number] }[],
  totalParams: number,
): number[] {
  const least = layers.reduce((sum, { shape: [m, n] }) => sum + Math.min(m + n, m * n), 0);
  if (totalParams < least)
    throw new InvalidInputError(
      "options.rank.totalParams",
      `expected at least ${least}, what rank 1 everywhere takes, got ${totalParams}`,
    );
  const ranks = layers.map(({ singularValues }) => singularValues.length);
  const size = (i: number): number => {
    const [m, n] = layers[i]!.shape;
    return Math.min(m * n, ranks[i]! * (m + n));
  };
  let total = layers.reduce((sum, _, i) => sum + size(i), 0);
  const components = layers.flatMap(({ singularValues, shape: [m, n] }, layer) => {
    const sum = singularValues.reduce((all, s) => all + s * s, 0) || 1;
    return Array.from(singularValues, (s) => ({ layer, cost: (s * s) / sum / (m + n) }));
  });
  components.sort((a, b) => a.cost - b.cost);
  for (const { layer } of components) {
    if (total <= totalParams) break;
    if (ranks[layer]! <= 1) continue;
    const before = size(layer);
    ranks[layer]!--;
    total -= before - size(layer);
  }
  return ranks;
}
