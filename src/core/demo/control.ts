import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../errors.ts";

/** A number that a slider sets. */
export interface NumberControl {
  readonly kind: "number";
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Distance of two settings; default 1. On a logarithmic scale any value between the ends is taken. */
  readonly step?: number;
  readonly scale?: "linear" | "log";
  readonly unit?: string;
}

/** One of a few settings by name. */
export interface ChoiceControl {
  readonly kind: "choice";
  readonly label: string;
  readonly value: string;
  /** Labels by value. */
  readonly options: Readonly<Record<string, string>>;
}

/** Seed of everything random: a whole number. */
export interface SeedControl {
  readonly kind: "seed";
  readonly label: string;
  readonly value: number;
}

/** Text that is typed. */
export interface TextControl {
  readonly kind: "text";
  readonly label: string;
  readonly value: string;
  readonly maxLength: number;
  /** Texts worth trying, offered as one is typed. */
  readonly examples?: readonly string[];
}

/** A file of the reader's own, none at first. It never leaves the page. */
export interface FileControl {
  readonly kind: "file";
  readonly label: string;
  /** What the file should hold, in a sentence. */
  readonly says: string;
  /** Endings that are accepted: ".csv". */
  readonly accept: readonly string[];
  readonly maxBytes: number;
}

/** Groups of points in the plane that are drawn. */
export interface PointsControl {
  readonly kind: "points";
  readonly label: string;
  /** A name for each group. */
  readonly groups: readonly string[];
  /** Points of each group. */
  readonly value: PointGroups;
  /** Both coordinates lie between these. */
  readonly range: readonly [low: number, high: number];
  /** Of one group. */
  readonly minPoints: number;
  readonly maxPoints: number;
}

/** A small graph that is drawn: lines "a -> b" or "a <-> b". */
export interface GraphControl {
  readonly kind: "graph";
  readonly label: string;
  readonly value: string;
  readonly maxVertices: number;
  /** Graphs worth trying, by name. */
  readonly examples: Readonly<Record<string, string>>;
}

export type Control =
  | NumberControl
  | ChoiceControl
  | SeedControl
  | TextControl
  | FileControl
  | PointsControl
  | GraphControl;

export type Controls = Readonly<Record<string, Control>>;

export type PointGroups = readonly (readonly (readonly [x: number, y: number])[])[];

/** A file as the reader gave it. */
export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a control of that kind hands to the demo. */
type ValueOf<C extends Control> = C extends NumberControl | SeedControl
  ? number
  : C extends FileControl
    ? GivenFile | undefined
    : C extends PointsControl
      ? PointGroups
      : C extends ChoiceControl
        ? keyof C["options"] & string
        : string;

export type ValuesOf<C extends Controls> = { readonly [Name in keyof C]: ValueOf<C[Name]> };

/**
 * Values for the controls of a demo: those given, checked, and what the controls declare for the rest.
 *
 * @throws InvalidInputError naming the control: a number out of range, an unknown choice, a file that is too large or
 *   of another kind, too few or too many points
 */
export function controlValues<const C extends Controls>(
  controls: C,
  given: Readonly<Record<string, unknown>> = {},
): ValuesOf<C> {
  requireKnownOptions("values", given, Object.keys(controls));
  return Object.fromEntries(
    Object.entries(controls).map(([name, control]) => [
      name,
      given[name] === undefined ? initial(control) : requireValue(name, control, given[name]),
    ]),
  ) as ValuesOf<C>;
}

function initial(control: Control): unknown {
  return control.kind === "file" ? undefined : control.value;
}

function requireValue(name: string, control: Control, value: unknown): unknown {
  switch (control.kind) {
    case "number":
      return requireFinite(name, value, control.min, control.max);
    case "seed":
      return requireInteger(name, value, 0, 2 ** 32 - 1);
    case "choice":
      return requireOneOf(name, value, Object.keys(control.options));
    case "text":
      return requireText(name, value, control.maxLength);
    case "graph":
      return requireText(name, value, 4000);
    case "file":
      return requireFile(name, control, value);
    case "points":
      return requirePointGroups(name, control, value);
  }
}

function requireText(name: string, value: unknown, maxLength: number): string {
  if (typeof value !== "string" || value.trim() === "")
    throw new InvalidInputError(name, `expected text, got ${show(value)}`);
  if (value.length > maxLength)
    throw new InvalidInputError(name, `expected at most ${maxLength} characters, got ${value.length}`);
  return value;
}

function requireFile(name: string, { accept, maxBytes }: FileControl, value: unknown): GivenFile {
  const file = value as Partial<GivenFile> | null;
  if (typeof file?.name !== "string" || !(file.bytes instanceof Uint8Array))
    throw new InvalidInputError(name, `expected a file, got ${show(value)}`);
  const plain = file.name.toLowerCase().replace(/\.gz$/, "");
  if (!accept.some((ending) => plain.endsWith(ending)))
    throw new InvalidInputError(name, `expected a file named ${accept.join(", ")}, got ${show(file.name)}`);
  if (file.bytes.length === 0) throw new InvalidInputError(name, `${show(file.name)} is empty`);
  if (file.bytes.length > maxBytes)
    throw new InvalidInputError(
      name,
      `expected at most ${megabytes(maxBytes)}, got ${megabytes(file.bytes.length)}`,
    );
  return { name: file.name, bytes: file.bytes };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function requirePointGroups(name: string, control: PointsControl, value: unknown): PointGroups {
  const { groups, range, minPoints, maxPoints } = control;
  if (!Array.isArray(value) || value.length !== groups.length)
    throw new InvalidInputError(name, `expected ${groups.length} groups of points, got ${show(value)}`);
  for (const [g, points] of value.entries()) {
    const group = `${name}[${groups[g]}]`;
    if (!Array.isArray(points)) throw new InvalidInputError(group, `expected points, got ${show(points)}`);
    if (points.length < minPoints || points.length > maxPoints)
      throw new InvalidInputError(
        group,
        `expected ${minPoints} to ${maxPoints} points, got ${points.length}; draw ${points.length < minPoints ? "more" : "fewer"}`,
      );
    for (const [i, point] of points.entries()) {
      if (!Array.isArray(point) || point.length !== 2)
        throw new InvalidInputError(`${group}[${i}]`, `expected two coordinates, got ${show(point)}`);
      for (const coordinate of point) requireFinite(`${group}[${i}]`, coordinate, ...range);
    }
  }
  return value as PointGroups;
}
