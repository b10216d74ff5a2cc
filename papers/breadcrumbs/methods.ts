import {
  type MergedModel,
  mergeAverage,
  mergeBreadcrumbs,
  mergeDare,
  mergeTaskArithmetic,
  mergeTies,
  type TensorMap,
} from "ockham/compression";

/** A method of merging with its settings. */
export interface Setting {
  readonly alpha: number;
  readonly keep?: number;
  readonly removeTop?: number;
}

export interface Method {
  /** To choose from on few tasks. */
  readonly grid: readonly Setting[];
  merge(base: TensorMap, tuned: readonly TensorMap[], setting: Setting, seed: number): Promise<MergedModel>;
}

const alphas = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1];

const product = (
  keeps: readonly number[],
  removes: readonly (number | undefined)[],
  scales = alphas,
): Setting[] =>
  keeps.flatMap((keep) =>
    removes.flatMap((removeTop) =>
      scales.map((alpha) => ({ alpha, keep, ...(removeTop !== undefined && { removeTop }) })),
    ),
  );

/** Breadcrumbs with the share that the bars are stated for, and searched like the others. */
export const methods: Readonly<Record<string, Method>> = {
  "Model Breadcrumbs": {
    grid: product([0.1], [0.01]),
    merge: (base, tuned, setting) => mergeBreadcrumbs(base, tuned, setting),
  },
  "Model Breadcrumbs, shares searched": {
    grid: product([0.05, 0.1, 0.2], [0.001, 0.01]),
    merge: (base, tuned, setting) => mergeBreadcrumbs(base, tuned, setting),
  },
  "task arithmetic": {
    grid: alphas.map((alpha) => ({ alpha })),
    merge: (base, tuned, { alpha }) => mergeTaskArithmetic(base, tuned, { alpha }),
  },
  TIES: {
    grid: product([0.05, 0.1, 0.2, 0.4], [undefined], [0.1, 0.3, 0.5, 0.8, 1, 1.5, 2]),
    merge: (base, tuned, { alpha, keep = 0.2 }) => mergeTies(base, tuned, { alpha, keep }),
  },
  DARE: {
    grid: alphas.map((alpha) => ({ alpha })),
    merge: (base, tuned, { alpha }, seed) => mergeDare(base, tuned, { alpha, drop: 0.9, seed }),
  },
  "average of the models": {
    grid: [{ alpha: 1 }],
    merge: (base, tuned) => mergeAverage(base, tuned),
  },
};

export const settingText = ({ alpha, keep, removeTop }: Setting): string =>
  [`alpha ${alpha}`, keep !== undefined && `keep ${keep}`, removeTop !== undefined && `top ${removeTop}`]
    .filter(Boolean)
    .join(", ");
