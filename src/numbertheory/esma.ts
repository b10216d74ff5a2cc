import { InvalidInputError, NumericalError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import {
  berlekampMassey,
  convergents,
  type DecimalInterval,
  type RealConstant,
  requirePrime,
} from "../core/exact/index.ts";
import { defineTask, inlinePool, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type ClosedForm, closedForm } from "./closed-form.ts";
import { enumerateLeftSides, evaluateLeftSide, type LeftSide, leftSideText } from "./left-side.ts";
import { type PolynomialFraction, toPolynomialFraction } from "./polynomial-fraction.ts";
import { type Sign, signedContinuedFraction, signPeriods } from "./signed-continued-fraction.ts";

export interface EsmaOptions extends Omit<LongCallOptions, "seed"> {
  /** Largest degree of numerator and denominator of the left side. */
  readonly degree: number;
  /** Largest size of their coefficients. */
  readonly coeffLimit: number;
  /** Shortest and longest period of the signs. */
  readonly periods: readonly [min: number, max: number];
  /** Terms that are read off; default 100. */
  readonly depth?: number;
  /** Modulus of the first search for a recurrence; default 199. */
  readonly prime?: number;
  /** Decimal digits to begin an expansion with, doubled as needed; default 500. */
  readonly workDigits?: number;
  /** Digits of the constant, as far as it has them, for expansions and verification; default 2000. */
  readonly knownDigits?: number;
  /** Terms that a recurrence is carried on to before it is verified; default 1000. */
  readonly verifyDepth?: number;
  /**
   * Digits to which the continued fraction must then agree with the left side, at least; default 100. Beyond
   * that, always more digits by 20 than its terms were read from.
   */
  readonly verifyDigits?: number;
  /** Where left sides are tried; default the calling thread. */
  readonly pool?: Pool;
}

/** A continued fraction a[0] + b[0] / (a[1] + b[1] / ...) found for a left side, b repeating the signs. */
export interface Conjecture {
  readonly leftSide: LeftSide;
  /** As people write it. */
  readonly text: string;
  readonly signs: readonly Sign[];
  /** The first terms; all others follow from them by the recurrence. */
  readonly initial: readonly bigint[];
  /** c with c[0] = 1 and sum of c[j] a[n - j] = 0. */
  readonly recurrence: readonly number[];
  readonly closedForm?: ClosedForm;
  /** The same value as one continued fraction with polynomials for terms and numerators. */
  readonly polynomialFraction?: PolynomialFraction;
  /** Decimal digits to which it was checked, from the terms that the recurrence gives. */
  readonly verifiedDigits: number;
  /** Digits of the constant that the pattern was read from. */
  readonly digitsUsed: number;
  /** Decimal digits gained with each term, between half of the depth and all of it. */
  readonly digitsPerTerm: number;
}

export interface EsmaResult {
  /** The first continued fraction of each value. */
  readonly found: readonly Conjecture[];
  /** Further ones of values found, with other signs. */
  readonly duplicates: readonly Conjecture[];
  readonly stats: {
    readonly leftSides: number;
    readonly expansions: number;
    /** Expansions with a term 0 or of a rational number, left out. */
    readonly discarded: number;
    /** Patterns that did not pass the check. */
    readonly rejected: number;
    /** Expansions that need more digits than the constant has. */
    readonly imprecise: number;
    /** Whether the constant itself is rational as far as its digits tell. */
    readonly terminates: boolean;
  };
}

/** Left sides of a task. */
const sidesPerTask = 16;

/**
 * Searches a constant for continued fractions with a pattern (ESMA: enumerate, signed continued fraction,
 * Massey, approve). Every left side |P(x) / Q(x)| is expanded with every period of signs; the terms are not
 * guessed but computed, and Berlekamp-Massey tells whether they obey a short recurrence. One that does, modulo
 * two primes, is carried on to `verifyDepth` terms in whole numbers and evaluated exactly. What is reported
 * was verified in this way to the digits stated; it is not proven.
 *
 * The result does not depend on the pool. Cost: for each left side and each of up to 2^period sign patterns,
 * depth^2 / 2 modular products and 2 depth divisions of numbers as long as the digits. A constant with fewer
 * digits than needed leads to `stats.imprecise`; the depth is never cut.
 *
 * @throws InvalidInputError where the modulus does not exceed twice the longest recurrence, depth / 4
 * @throws NumericalError where most expansions need more digits than are known
 */
export async function esmaSearch(constant: RealConstant, options: EsmaOptions): Promise<EsmaResult> {
  requireKnownOptions("options", options, [
    "degree",
    "coeffLimit",
    "periods",
    "depth",
    "prime",
    "workDigits",
    "knownDigits",
    "verifyDepth",
    "verifyDigits",
    "pool",
    ...longCallOptions.filter((name) => name !== "seed"),
  ]);
  const { degree, coeffLimit, periods } = options;
  if (!Array.isArray(periods) || periods.length !== 2)
    throw new InvalidInputError("options.periods", "expected the shortest and the longest period of signs");
  requireInteger("options.periods[0]", periods[0], 1, 16);
  requireInteger("options.periods[1]", periods[1], periods[0], 16);
  const depth = requireInteger("options.depth", options.depth ?? 100, 12, 2000);
  const prime = requirePrime(options.prime ?? 199, "options.prime");
  if (prime <= depth / 2)
    throw new InvalidInputError(
      "options.prime",
      `expected more than ${depth / 2}, twice the longest recurrence, got ${prime}`,
    );
  const workDigits = requireInteger("options.workDigits", options.workDigits ?? 500, 10, 100_000);
  const knownDigits = requireInteger("options.knownDigits", options.knownDigits ?? 2000, workDigits, 1e6);
  const verifyDepth = requireInteger("options.verifyDepth", options.verifyDepth ?? 1000, depth, 1e5);
  const verifyDigits = requireInteger("options.verifyDigits", options.verifyDigits ?? 100, 20, knownDigits);
  const { signal, onProgress } = options;
  signal?.throwIfAborted();

  const x = constant.digits(knownDigits);
  const sides = enumerateLeftSides({ degree, coeffLimit });
  const patterns = signPeriods(periods[0], periods[1]);
  const shared = { x, patterns, depth, prime, workDigits, verifyDepth, verifyDigits };
  const inputs: SearchInput[] = [];
  for (let from = 0; from < sides.length; from += sidesPerTask)
    inputs.push({ ...shared, sides: sides.slice(from, from + sidesPerTask) });
  const outputs = await (options.pool ?? inlinePool()).map(searchTask, inputs, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });

  const found = new Map<string, Conjecture>();
  const duplicates: Conjecture[] = [];
  for (const hit of outputs.flatMap(({ hits }) => hits)) {
    const { value, ...conjecture } = hit;
    const named = { ...conjecture, text: leftSideText(hit.leftSide, constant.name) };
    if (found.has(value)) duplicates.push(named);
    else found.set(value, named);
  }
  const count = (of: (output: SearchOutput) => number): number =>
    outputs.reduce((sum, output) => sum + of(output), 0);
  const stats = {
    leftSides: sides.length,
    expansions: sides.length * patterns.length,
    discarded: count(({ discarded }) => discarded),
    rejected: count(({ rejected }) => rejected),
    imprecise: count(({ imprecise }) => imprecise),
    terminates: isRational(x, depth, workDigits),
  };
  if (stats.imprecise > stats.expansions / 2)
    throw new NumericalError(
      `${constant.name}: ${stats.imprecise} of ${stats.expansions} expansions to ${depth} terms need more than ${knownDigits} digits`,
      { depth, digits: knownDigits },
    );
  return { found: [...found.values()], duplicates, stats };
}

/** Whether the simple continued fraction ends within the depth, as far as the digits tell. */
function isRational(x: DecimalInterval, depth: number, workDigits: number): boolean {
  try {
    return signedContinuedFraction(x, { num: [0n, 1n], den: [1n] }, [1], depth, workDigits).terminates;
  } catch (error) {
    if (error instanceof NumericalError) return false;
    throw error;
  }
}

interface SearchInput {
  readonly x: DecimalInterval;
  readonly sides: readonly LeftSide[];
  readonly patterns: readonly (readonly Sign[])[];
  readonly depth: number;
  readonly prime: number;
  readonly workDigits: number;
  readonly verifyDepth: number;
  readonly verifyDigits: number;
}

interface Hit extends Omit<Conjecture, "text"> {
  /** Leading digits of the left side: the same for the same value. */
  readonly value: string;
}

interface SearchOutput {
  readonly hits: readonly Hit[];
  readonly discarded: number;
  readonly rejected: number;
  readonly imprecise: number;
}

const searchTask = defineTask({
  name: "numbertheory/esma",
  module: import.meta.url,
  run: async (input: SearchInput, context): Promise<SearchOutput> => {
    const pace = new Pace(
      { signal: context.signal, onProgress: ({ done, total }) => context.progress(done, total) },
      input.sides.length * input.patterns.length,
    );
    const hits: Hit[] = [];
    const counts = { discarded: 0, rejected: 0, imprecise: 0 };
    let done = 0;
    for (const side of input.sides)
      for (const signs of input.patterns) {
        const outcome = tryOne(input, side, signs);
        if (typeof outcome === "object") hits.push(outcome);
        else if (outcome !== "random") counts[outcome]++;
        done++;
        if (pace.due()) await pace.rest(done);
      }
    pace.finish();
    return { hits, ...counts };
  },
});

/** Modulus of the second search: its recurrence must have the same coefficients. */
const secondPrime = 1_000_003;

function tryOne(
  input: SearchInput,
  side: LeftSide,
  signs: readonly Sign[],
): Hit | "random" | "discarded" | "rejected" | "imprecise" {
  const { x, depth, workDigits } = input;
  let a: readonly bigint[];
  let digitsUsed: number;
  try {
    const expansion = signedContinuedFraction(x, side, signs, depth, workDigits);
    if (expansion.terminates) return "discarded";
    ({ a, digitsUsed } = expansion);
  } catch (error) {
    if (error instanceof NumericalError) return "imprecise";
    throw error;
  }
  if (a.includes(0n)) return "discarded";
  const recurrence = shortRecurrence(a, input.prime);
  if (recurrence === undefined) return "random";
  const again = shortRecurrence(a, secondPrime);
  if (again === undefined || again.join() !== recurrence.join()) return "rejected";
  return approve(input, side, signs, a, digitsUsed, recurrence) ?? "rejected";
}

/** The recurrence modulo a prime where it is much shorter than that of random terms, which is depth / 2. */
function shortRecurrence(a: readonly bigint[], prime: number): number[] | undefined {
  const c = [...berlekampMassey(a, prime)];
  while (c.at(-1) === 0) c.pop();
  return c.length < a.length / 4 ? c : undefined;
}

/** The terms that follow from the first by a recurrence over the whole numbers: n in all. */
export function extendByRecurrence(
  recurrence: readonly number[],
  initial: readonly bigint[],
  n: number,
): bigint[] {
  if (initial.length !== recurrence.length - 1)
    throw new InvalidInputError(
      "initial",
      `expected ${recurrence.length - 1} terms, as many as the recurrence goes back, got ${initial.length}`,
    );
  const factors = recurrence.slice(1).map((c) => BigInt(-c));
  const terms = initial.slice(0, n);
  while (terms.length < n) {
    let next = 0n;
    for (const [j, factor] of factors.entries()) {
      if (factor !== 0n) next += factor * terms[terms.length - 1 - j]!;
    }
    terms.push(next);
  }
  return terms;
}

function approve(
  { x, depth, verifyDepth, verifyDigits }: SearchInput,
  leftSide: LeftSide,
  signs: readonly Sign[],
  a: readonly bigint[],
  digitsUsed: number,
  recurrence: readonly number[],
): Hit | undefined {
  const initial = a.slice(0, recurrence.length - 1);
  if (initial.length === 0) return undefined;
  // What is wrong within the terms read off need not be carried on.
  const known = extendByRecurrence(recurrence, initial, depth);
  if (known.some((term, n) => term !== a[n])) return undefined;
  const terms = extendByRecurrence(recurrence, initial, verifyDepth);
  const all = [...convergents(terms, signs.map(BigInt))];
  const last = all.at(-1)!;
  const value = evaluateLeftSide(leftSide, x);
  if (last.q === 0n || value === undefined) return undefined;
  const size = (v: bigint): bigint => (v < 0n ? -v : v);
  const [p, q] = last.q < 0n ? [-last.p, -last.q] : [last.p, last.q];
  // |value - p / q| at the end of the interval that is further away.
  const gaps = [value.low, value.high].map(({ num, den }) => gapDigits(size(num * q - p * den), den * q));
  const verifiedDigits = Math.floor(Math.min(...gaps));
  if (verifiedDigits < Math.max(verifyDigits, digitsUsed + 20)) return undefined;
  const errorDigits = (n: number): number => {
    const { p: pn, q: qn } = all[n]!;
    return gapDigits(size(pn * last.q - last.p * qn), size(qn * last.q));
  };
  const [from, to] = [Math.floor(depth / 2), depth - 1];
  const form = closedForm(a);
  const polynomialFraction = form && toPolynomialFraction(form, signs);
  return {
    leftSide,
    signs,
    initial,
    recurrence,
    ...(form && { closedForm: form }),
    ...(polynomialFraction && { polynomialFraction }),
    verifiedDigits,
    digitsUsed,
    digitsPerTerm: (errorDigits(to) - errorDigits(from)) / (to - from),
    value: ((value.low.num * 10n ** 60n) / value.low.den).toString(),
  };
}

/** -log10 of a fraction; of 0, as many digits as the denominator has. */
function gapDigits(num: bigint, den: bigint): number {
  return log10(den) - (num === 0n ? 0 : log10(num));
}

function log10(value: bigint): number {
  const text = value.toString(16);
  const head = Number.parseInt(text.slice(0, 12), 16);
  return Math.log10(head) + (text.length - Math.min(12, text.length)) * Math.log10(16);
}
