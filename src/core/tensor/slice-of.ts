import { show } from "../errors.ts";
import { axisOf, refuse } from "./type.ts";

/** Part of an axis: a whole number picks one place (the axis vanishes), a pair or triple a stretch. */
export type AxisRange =
  | number
  | readonly [start?: number | undefined, stop?: number | undefined, step?: number]
  | undefined;

/** What to take of every axis: `sizes[i]` places from `starts[i]` on, `steps[i]` (at least 1) apart. */
export interface Slice {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
  /** Axes to turn round afterwards: those with a negative step. */
  readonly flipped: readonly number[];
  /** Axes of which one place was picked. */
  readonly dropped: readonly number[];
}

/** Resolves ranges, one for each axis from the left, against a shape; refuses places that are not whole. */
export function sliceOf(ranges: readonly AxisRange[], shape: readonly number[]): Slice {
  const starts: number[] = [];
  const sizes: number[] = [];
  const steps: number[] = [];
  const dropped: number[] = [];
  const flipped: number[] = [];
  for (const [axis, extent] of shape.entries()) {
    const range = ranges[axis];
    if (typeof range === "number") {
      starts.push(axisOf("slice", range, extent));
      sizes.push(1);
      steps.push(1);
      dropped.push(axis);
      continue;
    }
    const [start, stop, step = 1] = range ?? [];
    for (const bound of [start, stop, step])
      if (bound !== undefined && !Number.isInteger(bound))
        refuse("slice", `expected whole numbers for axis ${axis}, got ${show(range)}`);
    if (step === 0) refuse("slice", `step 0 on axis ${axis}`);
    const place = (value: number) => (value < 0 ? value + extent : value);
    if (step > 0) {
      const within = (value: number) => Math.min(extent, Math.max(0, place(value)));
      const from = within(start ?? 0);
      starts.push(from);
      sizes.push(Math.max(0, Math.ceil((within(stop ?? extent) - from) / step)));
      steps.push(step);
    } else {
      // From the last place taken upwards, then turned round.
      const from = start === undefined ? extent - 1 : Math.min(extent - 1, place(start));
      const end = stop === undefined ? -1 : Math.max(-1, place(stop));
      const size = Math.max(0, Math.ceil((from - end) / -step));
      starts.push(size === 0 ? 0 : from + (size - 1) * step);
      sizes.push(size);
      steps.push(-step);
      flipped.push(axis);
    }
  }
  return { starts, sizes, steps, flipped, dropped };
}
