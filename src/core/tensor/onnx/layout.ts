/** How protobuf messages are laid out: tables that one reader and one writer serve. */

/** 64-bit integers are numbers where a number holds them exactly, otherwise bigints. */
export type Int64 = number | bigint;

/** How a field is written. `bytes` is read as a view into the file, never copied. */
export type ScalarKind = "int32" | "int64" | "uint64" | "float" | "double" | "string" | "bytes";

export interface FieldLayout {
  readonly number: number;
  readonly name: string;
  readonly kind: ScalarKind | "message";
  readonly repeated: boolean;
  /** Repeated numbers: written packed. Reading accepts both forms of any repeated number. */
  readonly packed: boolean;
  /** Repeated numbers held in a typed array instead of a list. */
  readonly array: NumberArrayConstructor | undefined;
  /** A thunk, because layouts refer to one another in circles. */
  readonly message: (() => MessageLayout) | undefined;
  /** The value when the file has none; undefined: the property stays absent. */
  readonly absent: unknown;
}

export interface MessageLayout {
  readonly name: string;
  readonly fields: readonly FieldLayout[];
  readonly byNumber: readonly (FieldLayout | undefined)[];
  /** A message with nothing set. */
  readonly empty: Readonly<Record<string, unknown>>;
}

export type NumberArrayConstructor =
  | typeof Float32Array
  | typeof Float64Array
  | typeof Int32Array
  | typeof BigInt64Array
  | typeof BigUint64Array;
export type NumberArray = InstanceType<NumberArrayConstructor>;

/** Repeated fields that a file leaves out share this list, so that an empty message costs little. */
export const none: readonly never[] = Object.freeze([]);

function field(
  number: number,
  kind: ScalarKind | (() => MessageLayout),
  rest: Partial<FieldLayout>,
): Omit<FieldLayout, "name"> {
  const message = typeof kind === "function" ? kind : undefined;
  return {
    number,
    kind: typeof kind === "function" ? "message" : kind,
    message,
    repeated: false,
    packed: false,
    array: undefined,
    absent: undefined,
    ...rest,
  };
}

/** A field that may be absent. */
export function optional(number: number, kind: ScalarKind | (() => MessageLayout)) {
  return field(number, kind, {});
}

/** A field that reads as `absent` when the file has none. */
export function withDefault(number: number, kind: ScalarKind, absent: string | number) {
  return field(number, kind, { absent });
}

/** A repeated field; reads as an empty list when the file has none. */
export function repeated(number: number, kind: ScalarKind | (() => MessageLayout)) {
  return field(number, kind, { repeated: true, absent: none });
}

/** Repeated numbers that are absent or a typed array. */
export function numbers(number: number, kind: ScalarKind, array: NumberArrayConstructor) {
  return field(number, kind, { repeated: true, packed: true, array });
}

export function messageLayout(
  name: string,
  fields: Readonly<Record<string, Omit<FieldLayout, "name">>>,
): MessageLayout {
  const list = Object.entries(fields).map(([key, rest]) => ({ ...rest, name: key }));
  list.sort((a, b) => a.number - b.number);
  const byNumber: (FieldLayout | undefined)[] = [];
  const empty: Record<string, unknown> = {};
  for (const one of list) {
    byNumber[one.number] = one;
    if (one.absent !== undefined) empty[one.name] = one.absent;
  }
  return { name, fields: list, byNumber: Array.from(byNumber), empty };
}

export function isNumeric(kind: FieldLayout["kind"]): boolean {
  return kind !== "string" && kind !== "bytes" && kind !== "message";
}

/** Protobuf's code for the form in which a single value is written. */
export function wireType(kind: FieldLayout["kind"]): number {
  if (kind === "float") return 5;
  if (kind === "double") return 1;
  return kind === "string" || kind === "bytes" || kind === "message" ? 2 : 0;
}
