import {
  type MergedModel,
  mergeAverage,
  mergeBreadcrumbs,
  mergeDare,
  mergeTaskArithmetic,
  mergeTies,
  type TensorMap,
} from "ockham/compression";

/** What a method keeps of a change; not every method has such shares. */
export interface Shares {
  readonly keep?: number;
  readonly removeTop?: number;
}

/** A method of merging with its settings. */
export interface Setting extends Shares {
  readonly alpha: number;
}

export interface Method {
  /** To choose from on few tasks: every pair of shares and scale. */
  readonly shares: readonly Shares[];
  readonly alphas: readonly number[];
  /** Whether what it adds of several models is the sum of what it adds of each. */
  readonly additive: boolean;
  /** At scale 1: what it adds to the base grows in proportion. */
  merge(base: TensorMap, tuned: readonly TensorMap[], shares: Shares, seed: number): Promise<MergedModel>;
}

const alphas = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1];

const pairs = (keeps: readonly number[], removes: readonly number[]): Shares[] =>
  keeps.flatMap((keep) => removes.map((removeTop) => ({ keep, removeTop })));

const crumbs: Omit<Method, "shares"> = {
  alphas,
  additive: true,
  merge: (base, tuned, shares) => mergeBreadcrumbs(base, tuned, { ...shares, alpha: 1 }),
};

/** Breadcrumbs with its default shares, a tenth kept below the top hundredth, and with shares searched as TIES searches its own. */
export const methods: Readonly<Record<string, Method>> = {
  "Model Breadcrumbs": { ...crumbs, shares: pairs([0.1], [0.01]) },
  "Model Breadcrumbs, shares searched": { ...crumbs, shares: pairs([0.05, 0.1, 0.2], [0.001, 0.01]) },
  "Breadcrumbs without dropping the largest": { ...crumbs, shares: pairs([0.1], [0]) },
  "task arithmetic": {
    shares: [{}],
    alphas,
    additive: true,
    merge: (base, tuned) => mergeTaskArithmetic(base, tuned, { alpha: 1 }),
  },
  TIES: {
    shares: [0.05, 0.1, 0.2, 0.4].map((keep) => ({ keep })),
    alphas: [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2],
    additive: false,
    merge: (base, tuned, shares) => mergeTies(base, tuned, { ...shares, alpha: 1 }),
  },
  DARE: {
    shares: [{}],
    alphas,
    additive: true,
    merge: (base, tuned, _, seed) => mergeDare(base, tuned, { alpha: 1, drop: 0.9, seed }),
  },
  "average of the models": {
    shares: [{}],
    alphas: [1],
    additive: false,
    merge: (base, tuned) => mergeAverage(base, tuned),
  },
};

export const settingsOf = ({ shares, alphas: scales }: Method): Setting[] =>
  shares.flatMap((own) => scales.map((alpha) => ({ ...own, alpha })));

export const settingText = ({ alpha, keep, removeTop }: Setting): string =>
  [`alpha ${alpha}`, keep !== undefined && `keep ${keep}`, removeTop !== undefined && `top ${removeTop}`]
    .filter(Boolean)
    .join(", ");
