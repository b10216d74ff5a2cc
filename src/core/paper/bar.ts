import { InvalidInputError, requireFinite, requireKnownOptions, show } from "../errors.ts";

/** What a measured value must meet. */
export type Bar =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly between: readonly [low: number, high: number] };

/** Refuses anything but a bar; returns it. */
export function requireBar(argument: string, bar: Bar): Bar {
  requireKnownOptions(argument, bar, ["atLeast", "atMost", "between"]);
  if (Object.keys(bar).length !== 1)
    throw new InvalidInputError(argument, `expected one of atLeast, atMost, between, got ${show(bar)}`);
  if ("between" in bar) {
    const low = requireFinite(`${argument}.between[0]`, bar.between[0]);
    requireFinite(`${argument}.between[1]`, bar.between[1], low);
  } else if ("atLeast" in bar) requireFinite(`${argument}.atLeast`, bar.atLeast);
  else requireFinite(`${argument}.atMost`, bar.atMost);
  return bar;
}

export function meetsBar(value: number, bar: Bar): boolean {
  if ("atLeast" in bar) return value >= bar.atLeast;
  if ("atMost" in bar) return value <= bar.atMost;
  return value >= bar.between[0] && value <= bar.between[1];
}

/** The bar as text: ">= 0.5", "<= 20", "0.9 to 1.1". */
export function barText(bar: Bar): string {
  if ("atLeast" in bar) return `>= ${bar.atLeast}`;
  if ("atMost" in bar) return `<= ${bar.atMost}`;
  return `${bar.between[0]} to ${bar.between[1]}`;
}
