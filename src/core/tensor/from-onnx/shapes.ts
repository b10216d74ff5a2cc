import { InvalidInputError } from "../../errors.ts";

/** Rules for shapes that ONNX operators share; used on traced tensors and on arrays known while tracing. */

function fail(operator: string, problem: string): never {
  throw new InvalidInputError(operator, problem);
}

export function shown(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function normalAxis(operator: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!(normal >= 0 && normal < rank)) fail(operator, `axis ${axis} is outside a tensor of ${rank} axes`);
  return normal;
}

export function normalAxes(operator: string, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => normalAxis(operator, axis, rank));
  if (new Set(normal).size !== normal.length) fail(operator, `axes ${shown(axes)} name one axis twice`);
  return normal;
}

/** Result of Reshape: 0 copies an extent (unless `allowZero`), one -1 takes what is left. */
export function reshapeTarget(
  shape: readonly number[],
  wanted: readonly number[],
  allowZero: boolean,
): number[] {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const target = wanted.map((extent, axis) => {
    if (extent !== 0 || allowZero) return extent;
    return (
      shape[axis] ??
      fail("Reshape", `0 on axis ${axis} of ${shown(wanted)}, but the input is ${shown(shape)}`)
    );
  });
  const free = target.indexOf(-1);
  if (free >= 0) {
    const rest = target.reduce((product, extent, axis) => (axis === free ? product : product * extent), 1);
    target[free] = rest === 0 ? 0 : size / rest;
  }
  if (target.some((extent) => !Number.isInteger(extent) || extent < 0) || product(target) !== size)
    fail("Reshape", `${shown(shape)} does not reshape to ${shown(wanted)}`);
  return target;
}

function product(values: readonly number[]): number {
  return values.reduce((total, value) => total * value, 1);
}

/** Shape without the given axes (all of extent 1 when none are given). */
export function squeezed(shape: readonly number[], axes: readonly number[] | undefined): number[] {
  const dropped = axes && normalAxes("Squeeze", axes, shape.length);
  for (const axis of dropped ?? []) {
    if (shape[axis] !== 1) fail("Squeeze", `axis ${axis} of ${shown(shape)} has not extent 1`);
  }
  return shape.filter((extent, axis) => (dropped ? !dropped.includes(axis) : extent !== 1));
}

export function unsqueezed(shape: readonly number[], axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const added = normalAxes("Unsqueeze", axes, rank);
  let next = 0;
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : shape[next++]!));
}

export function flattened(shape: readonly number[], axis: number): number[] {
  const cut = axis < 0 ? axis + shape.length : axis;
  if (!(cut >= 0 && cut <= shape.length)) fail("Flatten", `axis ${axis} is outside ${shown(shape)}`);
  return [product(shape.slice(0, cut)), product(shape.slice(cut))];
}

/** Part of a tensor on each axis: `start + step * i` for i below `size`; steps may be negative. */
export interface SlicePlan {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

export function slicePlan(
  shape: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[] | undefined,
  steps: readonly number[] | undefined,
): SlicePlan {
  const plan = { starts: shape.map(() => 0), sizes: [...shape], steps: shape.map(() => 1) };
  const cut = normalAxes("Slice", axes ?? starts.map((_, i) => i), shape.length);
  if (
    ends.length !== starts.length ||
    cut.length !== starts.length ||
    (steps ?? starts).length !== starts.length
  )
    fail("Slice", "starts, ends, axes and steps differ in length");
  for (const [i, axis] of cut.entries()) {
    const extent = shape[axis]!;
    const step = steps?.[i] ?? 1;
    if (step === 0) fail("Slice", "a step of 0");
    const clamp = (value: number, low: number, high: number) =>
      Math.min(high, Math.max(low, value < 0 ? value + extent : value));
    const start = step > 0 ? clamp(starts[i]!, 0, extent) : clamp(starts[i]!, 0, extent - 1);
    const end = step > 0 ? clamp(ends[i]!, 0, extent) : clamp(ends[i]!, -1, extent - 1);
    plan.starts[axis] = start;
    plan.sizes[axis] = Math.max(0, Math.ceil((end - start) / step));
    plan.steps[axis] = step;
  }
  return plan;
}

/** Extents of the parts of Split: given, or as even as possible. */
export function splitSizes(
  extent: number,
  given: readonly number[] | undefined,
  parts: number,
): readonly number[] {
  if (given !== undefined) {
    if (given.some((size) => size < 0) || given.reduce((sum, size) => sum + size, 0) !== extent)
      fail("Split", `parts ${shown(given)} do not add up to ${extent}`);
    return given;
  }
  const size = Math.ceil(extent / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(size, extent - i * size)));
}

export function broadcast(operator: string, ...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[shape.length - rank + axis] ?? 1;
      if (own === 1 || own === extent) continue;
      if (extent !== 1) fail(operator, `shapes ${shapes.map(shown).join(" and ")} do not broadcast`);
      extent = own;
    }
    return extent;
  });
}
