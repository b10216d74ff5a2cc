import { show } from "../errors.ts";

const tab = 9;
const space = 32;
const quote = 34;

/** A decimal number, as every program writes it. */
export const decimalNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Names of columns that mark a first line as a header, lower case, without `_`, `-` and spaces. */
export const sourceNames = [
  "source",
  "src",
  "from",
  "fromnode",
  "fromnodeid",
  "fromid",
  "start",
  "u",
  "i",
  "tail",
];
export const targetNames = [
  "target",
  "dst",
  "dest",
  "destination",
  "to",
  "tonode",
  "tonodeid",
  "toid",
  "end",
  "v",
  "j",
  "head",
];
export const weightNames = ["weight", "w", "value", "count"];

/** The first of tab, comma and semicolon outside quotes that occurs in the line; otherwise space. */
export function delimiterOf(bytes: Uint8Array, start: number, end: number): number {
  for (const candidate of [tab, 44, 59]) {
    let quoted = false;
    for (let p = start; p < end; p++) {
      if (bytes[p] === quote) quoted = !quoted;
      else if (!quoted && bytes[p] === candidate) return candidate;
    }
  }
  return space;
}

export function delimiterName(delimiter: number): string {
  if (delimiter === tab) return "tab";
  return delimiter === space ? "space" : show(String.fromCharCode(delimiter));
}

export function columnNamed(names: readonly string[], known: readonly string[]): number {
  return names.findIndex((name) => known.includes(name.toLowerCase().replaceAll(/[\s_#-]/g, "")));
}

/**
 * A first line is a header when two of its fields name the ends of an edge, when its ids are words and its
 * third field is a word too, or when its ids are words and those of the second line are numbers.
 */
export function looksLikeHeader(first: readonly string[], second: readonly string[] | undefined): boolean {
  const source = columnNamed(first, sourceNames);
  const target = columnNamed(first, targetNames);
  if (source >= 0 && target >= 0 && first[source]!.length > 1) return true;
  if (first.slice(0, 2).some((field) => decimalNumber.test(field))) return false;
  if (first.length === 3 && !decimalNumber.test(first[2]!))
    return !/^[+-]?(nan|inf(inity)?)$/i.test(first[2]!);
  return second?.slice(0, 2).every((field) => decimalNumber.test(field)) ?? false;
}
