import { type NdArray, requireArray } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions, show } from "../core/errors.ts";
import { matcher } from "../core/name-pattern.ts";
import {
  averaging,
  type BreadcrumbsOptions,
  breadcrumbs,
  type DareOptions,
  dare,
  type MergeMethod,
  markBreadcrumbs,
  maskingOf,
  type TiesOptions,
  taskArithmetic,
  ties,
} from "./merge-methods.ts";
import { floatsOf, ofFloats, type TensorMap } from "./tensor-factoring.ts";
import { fromFloat16, requireFiniteWeight } from "./weights.ts";

/** Which tensors are merged. */
export interface MergeSelection {
  /** Names of the tensors to merge, `*` standing for any text; default all of floating point. */
  readonly include?: string | RegExp;
  /** Names of tensors that are taken from the base, such as heads of single tasks; default none. */
  readonly exclude?: string | RegExp;
  /** Take from the base what a model lacks, instead of refusing it. Default false. */
  readonly allowMissing?: boolean;
}

const selectionOptions = ["include", "exclude", "allowMissing"] as const;

/** What became of a tensor. */
export interface MergeReport {
  readonly tensor: string;
  /** Entries kept, over all models. */
  readonly kept: number;
  readonly removedTop: number;
  /** Part of the entries kept by any model that are kept by two or more. */
  readonly overlap: number;
}

export interface MergedModel {
  readonly merged: Record<string, NdArray>;
  readonly report: readonly MergeReport[];
  /** What looks like a mistake: a model equal to its base, one of another base, tensors of which nothing is kept. */
  readonly warnings: readonly string[];
}

/** Tensors that are read one by one. */
export interface TensorSource {
  /** What it is called in messages. */
  readonly label: string;
  readonly types: ReadonlyMap<string, Pick<NdArray, "dtype" | "shape">>;
  read(name: string): NdArray | Promise<NdArray>;
  /** Whether every read gives an array of its own, which may be overwritten. Default false. */
  readonly fresh?: boolean;
}

/** A merge under way: tensors are made one by one, so that not all models are in memory. */
export interface OpenMerge {
  /** In the order of names. */
  readonly names: readonly string[];
  make(name: string): Promise<NdArray>;
  /** Of the tensors made so far. */
  readonly report: readonly MergeReport[];
  warnings(): readonly string[];
}

export function sourceOf(label: string, tensors: TensorMap): TensorSource {
  return {
    label,
    types: new Map(Object.entries(tensors)),
    read: (name) => tensors[name]!,
  };
}

function isFloat({ dtype }: Pick<NdArray, "dtype">): boolean {
  return dtype === "float16" || dtype === "float32" || dtype === "float64";
}

/** The difference of two tensors in single precision, written over `tuned` where that may be. */
function changeOf(label: string, name: string, base: NdArray, tuned: NdArray, fresh = false): Float32Array {
  const of = ({ dtype, data }: NdArray) =>
    dtype === "float16" ? Float32Array.from(data as Uint16Array, fromFloat16) : (data as Float32Array);
  const [before, after] = [of(base), of(tuned)];
  const change = fresh && tuned.dtype === "float32" ? after : new Float32Array(before.length);
  for (let i = 0; i < change.length; i++) {
    const value = after[i]!;
    change[i] = value - before[i]!;
    if (Number.isFinite(change[i])) continue;
    // Entries before this one are finite; from it on `after` is as it was.
    if (after === change) change[i] = value;
    requireFiniteWeight(`${name} of the base`, before, base.shape);
    requireFiniteWeight(`${name} of ${label}`, after, tuned.shape);
    throw new InvalidInputError(`weight ${show(name)}`, "changes by more than single precision holds");
  }
  return change;
}

/**
 * Checks that models are of one kind and prepares their merge, see {@link OpenMerge}. Tensors that are not of floating
 * point are taken from the base.
 */
export async function openMerge(
  base: TensorSource,
  tuned: readonly TensorSource[],
  method: MergeMethod,
  options: MergeSelection = {},
): Promise<OpenMerge> {
  requireKnownOptions("options", options, selectionOptions);
  if (tuned.length === 0) throw new InvalidInputError("tuned", "expected at least one model");
  const included = matcher("options.include", options.include ?? "*");
  const excluded = options.exclude === undefined ? () => false : matcher("options.exclude", options.exclude);
  const names = [...base.types.keys()].sort((a, b) => (a < b ? -1 : 1));
  for (const { label, types } of tuned) {
    for (const name of types.keys())
      if (!base.types.has(name) && included(name) && !excluded(name))
        throw new InvalidInputError(`tensor ${show(name)}`, `is in ${label}, but not in ${base.label}`);
    for (const [name, type] of base.types) {
      if (excluded(name) || !included(name)) continue;
      const own = types.get(name);
      if (own === undefined) {
        if (options.allowMissing) continue;
        throw new InvalidInputError(`tensor ${show(name)}`, `is in ${base.label}, but not in ${label}`);
      }
      if (own.dtype !== type.dtype || String(own.shape) !== String(type.shape))
        throw new InvalidInputError(
          `tensor ${show(name)}`,
          `is ${type.dtype}[${type.shape.join(", ")}] in ${base.label} and ${own.dtype}[${own.shape.join(", ")}] in ${label}`,
        );
    }
  }
  const merged = names.filter((name) => included(name) && !excluded(name) && isFloat(base.types.get(name)!));
  if (merged.length === 0)
    throw new InvalidInputError(
      "options.include",
      `no tensor of floating point is called like this; there are ${show(names)}`,
    );
  const chosen = new Set(merged);
  const changes = async function* (name: string, before: NdArray): AsyncGenerator<Float32Array> {
    for (const { label, types, read, fresh } of tuned)
      yield types.has(name)
        ? changeOf(label, name, before, await read(name), fresh)
        : new Float32Array(before.data.length);
  };
  await method.prepare?.(async (visit) => {
    for (const name of merged) {
      const all: Float32Array[] = [];
      for await (const change of changes(name, await base.read(name))) all.push(change);
      visit(name, all);
    }
  });
  const report: MergeReport[] = [];
  const norms = tuned.map(() => 0);
  let baseNorm = 0;
  const measured = async function* (name: string, before: NdArray): AsyncGenerator<Float32Array> {
    let model = 0;
    for await (const change of changes(name, before)) {
      norms[model]! += squaredNorm(change);
      yield change;
      // Its memory is free at once, not when the collector comes round.
      if (tuned[model++]!.fresh && !method.together) (change.buffer as ArrayBuffer).transfer(0);
    }
  };
  return {
    names,
    report,
    // At any time: the tensor of the base, the change of one model, the sum of the changes.
    async make(name) {
      const before = await base.read(name);
      if (!chosen.has(name)) return before;
      const { shape, dtype, data } = before;
      const { delta, ...counts } = await method.combine(name, shape, data.length, measured(name, before));
      report.push({ tensor: name, ...counts });
      const values = dtype === "float32" ? (data as Float32Array) : floatsOf(before)!;
      baseNorm += squaredNorm(values);
      const result = values instanceof Float32Array ? delta : values;
      for (let i = 0; i < result.length; i++) result[i] = values[i]! + delta[i]!;
      return result instanceof Float32Array
        ? { dtype: "float32", shape, data: result }
        : ofFloats(dtype, shape, result);
    },
    warnings() {
      const found: string[] = [];
      for (const [model, { label }] of tuned.entries()) {
        if (norms[model] === 0)
          found.push(`${label} is the same as ${base.label}: there is nothing to merge of it`);
        if (norms[model]! > baseNorm)
          found.push(
            `${label} differs from ${base.label} by more than its size: not a fine-tuning of this base?`,
          );
      }
      const empty = report.filter(({ kept }) => kept === 0).length;
      if (empty > 0.05 * report.length)
        found.push(`nothing is kept of ${empty} of ${report.length} tensors: too small for this part`);
      return found;
    },
  };
}

function squaredNorm(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

async function mergeMaps(
  base: TensorMap,
  tuned: readonly TensorMap[],
  method: MergeMethod,
  selection: MergeSelection,
): Promise<MergedModel> {
  const open = await openMerge(
    sourceOf("the base", base),
    tuned.map((tensors, i) => sourceOf(`model ${i + 1}`, tensors)),
    method,
    selection,
  );
  const merged: Record<string, NdArray> = {};
  for (const name of open.names) merged[name] = await open.make(name);
  return { merged, report: open.report, warnings: open.warnings() };
}

/** Splits options into those of the selection and those of the method. */
function parted<T extends MergeSelection>(options: T): [MergeSelection, Omit<T, keyof MergeSelection>] {
  const { include, exclude, allowMissing, ...own } = options;
  return [
    {
      ...(include !== undefined && { include }),
      ...(exclude !== undefined && { exclude }),
      ...(allowMissing !== undefined && { allowMissing }),
    },
    own,
  ];
}

/** What a fine-tuning changed: the difference of every floating-point tensor, in single precision. */
export function taskVector(base: TensorMap, tuned: TensorMap): Record<string, NdArray> {
  const vector: Record<string, NdArray> = {};
  for (const [name, before] of Object.entries(base)) {
    if (!isFloat(before)) continue;
    const after = tuned[name];
    if (after === undefined || after.dtype !== before.dtype || String(after.shape) !== String(before.shape))
      throw new InvalidInputError(
        `tuned.${name}`,
        `expected ${before.dtype}[${before.shape.join(", ")}] as in the base, got ${after === undefined ? "none" : `${after.dtype}[${after.shape.join(", ")}]`}`,
      );
    vector[name] = {
      dtype: "float32",
      shape: before.shape,
      data: changeOf("the tuned model", name, before, after),
    };
  }
  return vector;
}

/** Which entries of a change Model Breadcrumbs keeps: 1 where one is kept. O(n). */
export function breadcrumbMask(change: NdArray, options: Omit<BreadcrumbsOptions, "alpha"> = {}): Uint8Array {
  requireKnownOptions("options", options, ["keep", "removeTop", "granularity"]);
  const masking = maskingOf(options);
  requireArray("change", change);
  const values = change.dtype === "float32" ? (change.data as Float32Array) : floatsOf(change);
  if (values === undefined) throw new InvalidInputError("change", `expected floats, got ${change.dtype}`);
  requireFiniteWeight("change", values, change.shape);
  const mask = new Uint8Array(values.length);
  const single = values instanceof Float32Array ? values : Float32Array.from(values);
  markBreadcrumbs(single, change.shape, masking, mask);
  return mask;
}

/**
 * Merges fine-tunings of one base into one model that does all their tasks, without data: of each change of each tensor the
 * largest entries, which are outliers, and the many small ones, which are noise, are dropped, and what remains is added up.
 * Its settings need not be tuned again when tasks are added. O(parameters x models).
 *
 * Reference: Davari and Belilovsky, 2024, Model Breadcrumbs: scaling multi-task model merging with sparse masks.
 */
export async function mergeBreadcrumbs(
  base: TensorMap,
  tuned: readonly TensorMap[],
  options: BreadcrumbsOptions & MergeSelection = {},
): Promise<MergedModel> {
  const [selection, own] = parted(options);
  return mergeMaps(base, tuned, breadcrumbs(own), selection);
}

/** Merges models by adding up all their changes, scaled by `alpha`, default 0.3. */
export async function mergeTaskArithmetic(
  base: TensorMap,
  tuned: readonly TensorMap[],
  options: { readonly alpha?: number } & MergeSelection = {},
): Promise<MergedModel> {
  const [selection, own] = parted(options);
  return mergeMaps(base, tuned, taskArithmetic(own), selection);
}

/** Merges models by TIES, see {@link TiesOptions}. */
export async function mergeTies(
  base: TensorMap,
  tuned: readonly TensorMap[],
  options: TiesOptions & MergeSelection = {},
): Promise<MergedModel> {
  const [selection, own] = parted(options);
  return mergeMaps(base, tuned, ties(own), selection);
}

/** Merges models by DARE, see {@link DareOptions}. */
export async function mergeDare(
  base: TensorMap,
  tuned: readonly TensorMap[],
  options: DareOptions & MergeSelection = {},
): Promise<MergedModel> {
  const [selection, own] = parted(options);
  return mergeMaps(base, tuned, dare(own), selection);
}

/** The mean of models; the base gives what is not of floating point. */
export async function mergeAverage(
  base: TensorMap,
  tuned: readonly TensorMap[],
  options: MergeSelection = {},
): Promise<MergedModel> {
  return mergeMaps(base, tuned, averaging(), options);
}

/**
 * Tries settings of a merge and gives the one that scores best, ties to the first: for a few tasks, to be kept when more are
 * added.
 */
export async function searchMerge<Setting>(
  merge: (setting: Setting) => Promise<MergedModel>,
  score: (merged: TensorMap, setting: Setting) => number | Promise<number>,
  grid: readonly Setting[],
): Promise<{
  readonly best: Setting;
  readonly table: readonly { readonly setting: Setting; readonly score: number }[];
}> {
  if (grid.length === 0) throw new InvalidInputError("grid", "expected at least one setting");
  const table: { setting: Setting; score: number }[] = [];
  for (const setting of grid)
    table.push({ setting, score: await score((await merge(setting)).merged, setting) });
  const best = table.reduce((a, b) => (b.score > a.score ? b : a));
  return { best: best.setting, table };
}
