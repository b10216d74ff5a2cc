import type { DType } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";

/** Element type and shape of a tensor: all that is known of it while a function is traced. */
export interface Type {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export type FloatDType = "float16" | "float32" | "float64";

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64" || dtype === "float16";
}

/** `float32[2, 3]`, as error messages show a tensor. */
export function showType(type: Type): string {
  return `${type.dtype}${showShape(type.shape)}`;
}

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Refuses a traced operation; the message ends with the line of the caller's code. */
export function refuse(operation: string, problem: string): never {
  const line = callerLine();
  throw new InvalidInputError(operation, line === undefined ? problem : `${problem} (at ${line})`);
}

/** First line on the stack that lies outside the tensor and nn layers (their tests count as outside). */
function callerLine(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 64;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  for (const frame of frames) {
    const place = /((?:file:\/\/)?[^\s(]+:\d+:\d+)\)?$/.exec(frame)?.[1];
    if (place === undefined || place.startsWith("node:")) continue;
    if (/[/\\]core[/\\](tensor|nn)[/\\]/.test(place) && !/\.test\.[jt]s:/.test(place)) continue;
    return place.replace(/^file:\/\//, "");
  }
  return undefined;
}

/** The shape that two or more shapes broadcast to (aligned at the last axis; extent 1 stretches). */
export function broadcastShapes(operation: string, ...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[shape.length - rank + axis] ?? 1;
      if (own === 1 || own === extent) continue;
      if (extent !== 1)
        refuse(operation, `shapes ${shapes.map(showShape).join(" and ")} do not broadcast to one another`);
      extent = own;
    }
    return extent;
  });
}

/** Maps an axis in [-rank, rank) to [0, rank). */
export function axisOf(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    refuse(operation, `axis ${axis} is outside a tensor of ${rank} axes`);
  return axis < 0 ? axis + rank : axis;
}

/** Distinct axes, ascending; all of them when none is named. */
export function axesOf(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(operation, axis, rank));
  if (new Set(list).size !== list.length) refuse(operation, `axes ${showShape(list)} name one axis twice`);
  return [...list].sort((a, b) => a - b);
}

/** The shape left after reducing the given axes. */
export function reducedShape(
  shape: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): readonly number[] {
  return keepDims
    ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : shape.filter((_, axis) => !axes.includes(axis));
}
