import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import {
  addPolynomials,
  chineseRemainder,
  constantPolynomial,
  echelonMod,
  gcd,
  largestPrimes,
  monomialPolynomial,
  monomialStrings,
  multiplyPolynomials,
  nullspaceMod,
  type Polynomial,
  polynomialTerms,
  reconstructRational,
  scalePolynomial,
} from "../core/exact/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { compositions, covarianceMonomials } from "./covariance-monomials.ts";
import { impliedCovariance } from "./implied-covariance.ts";
import { covarianceNames, covariancePairs, type MixedGraph, parameterNames } from "./mixed-graph.ts";
import { randomModularModel } from "./modular-covariance.ts";

export interface VanishingPolynomialsOptions extends LongCallOptions {
  /** Largest degree in the covariances that is searched. */
  readonly maxDegree: number;
  /** Multidegrees with more monomials than this are left out, and the result says so; default 3000. */
  readonly maxTerms?: number;
}

export interface VanishingPolynomial {
  /** In the covariances, in the order and by the names of `covarianceNames`; whole coefficients without common factor. */
  readonly poly: Polynomial;
  readonly degree: number;
  /** How often each vertex occurs in every term. */
  readonly multidegree: readonly number[];
  /**
   * How it was confirmed: "symbolic", the implied covariances were substituted and everything cancelled;
   * "modular", where that has more than 200,000 terms, zero at 20 fresh points modulo three primes.
   */
  readonly verified: "symbolic" | "modular";
}

export interface VanishingPolynomials {
  readonly polynomials: readonly VanishingPolynomial[];
  /** Multidegrees searched and left out, and monomials that could not occur and were dropped beforehand. */
  readonly searched: { readonly multidegrees: number; readonly skipped: number; readonly pruned: number };
  /** Whether every multidegree up to the largest degree was searched. */
  readonly complete: boolean;
}

/** Terms of an expansion up to which it is carried out: to verify, and to prune. */
const verifyTerms = 200_000;
const pruneTerms = 2_000;

/**
 * Polynomials that every covariance matrix of a linear structural equation model satisfies, feedback cycles
 * included: generators, up to a degree, of the ideal of the image of the parametrisation, none implied by
 * those of lower degree. They are testable implications of the model: vanishing correlations (degree 1),
 * partial correlations and tetrads (degree 2), Verma constraints (degree 4), and others.
 *
 * The ideal is graded by how often each vertex occurs. In one multidegree after the other, the monomials are
 * evaluated at random points modulo 26-bit primes; relations among the columns, less those that lower
 * degrees imply, are lifted to whole numbers and confirmed by substitution. Nothing is rounded anywhere.
 * Cost: for each of the (n + 2d - 1 choose 2d) multidegrees of degree d an elimination, cubic in the number
 * of its monomials. (arXiv:2210.00239.)
 */
export async function vanishingPolynomials(
  graph: MixedGraph,
  options: VanishingPolynomialsOptions,
): Promise<VanishingPolynomials> {
  requireKnownOptions("options", options, ["maxDegree", "maxTerms", ...longCallOptions]);
  const maxDegree = requireInteger("options.maxDegree", options.maxDegree, 1, 20);
  const maxTerms = requireInteger("options.maxTerms", options.maxTerms ?? 3000, 1);
  const search = new Search(graph, randomStream(options.seed, "vanishing-polynomials"));
  const { n } = graph;
  let total = 0;
  for (let degree = 1; degree <= maxDegree; degree++) total += choose(n + 2 * degree - 1, 2 * degree);
  const pace = new Pace(options, total);
  const polynomials: VanishingPolynomial[] = [];
  let multidegrees = 0;
  let skipped = 0;
  for (let degree = 1; degree <= maxDegree; degree++) {
    const found: Generator[] = [];
    for (const multidegree of compositions(n, 2 * degree)) {
      const monomials = covarianceMonomials(multidegree, search.pairs, maxTerms);
      if (monomials === undefined) skipped++;
      else found.push(...search.generators(multidegree, monomials));
      multidegrees++;
      if (pace.due()) await pace.rest(multidegrees, `degree ${degree}`);
    }
    search.know(found);
    for (const generator of found) {
      polynomials.push({
        poly: search.polynomialOf(generator),
        degree,
        multidegree: generator.multidegree,
        verified: generator.verified,
      });
    }
  }
  pace.finish();
  return {
    polynomials,
    searched: { multidegrees: multidegrees - skipped, skipped, pruned: search.pruned },
    complete: skipped === 0,
  };
}

interface Generator {
  readonly multidegree: readonly number[];
  /** Monomials are ascending indices of pairs. */
  readonly terms: readonly { readonly monomial: readonly number[]; readonly coefficient: bigint }[];
  readonly verified: "symbolic" | "modular";
}

class Search {
  readonly #graph: MixedGraph;
  readonly #random: RandomStream;
  readonly #variables: readonly string[];
  readonly #names: readonly string[];
  /** Numerators of the covariances, by pair. */
  readonly #numerators: readonly Polynomial[];
  /** Covariances at random points: prime -> points -> value of each pair. */
  readonly #points = new Map<number, Float64Array[]>();
  readonly #known: Generator[] = [];
  /** The pairs whose covariance is not known to be zero. */
  pairs: readonly { readonly index: number; readonly i: number; readonly j: number }[];
  pruned = 0;

  constructor(graph: MixedGraph, random: RandomStream) {
    const implied = impliedCovariance(graph);
    this.#graph = graph;
    this.#random = random;
    this.#variables = parameterNames(graph);
    this.#names = covarianceNames(graph);
    this.pairs = covariancePairs(graph.n).map(([i, j], index) => ({ index, i, j }));
    this.#numerators = this.pairs.map(({ i, j }) => implied.numerator(i, j));
  }

  /** Takes in the generators of a degree that is complete. */
  know(generators: readonly Generator[]): void {
    const zero = generators.flatMap(({ terms }) =>
      terms[0]!.monomial.length === 1 ? terms[0]!.monomial : [],
    );
    this.pairs = this.pairs.filter(({ index }) => !zero.includes(index));
    // A covariance that is zero occurs in no later monomial.
    this.#known.push(...generators.filter(({ terms }) => terms[0]!.monomial.length > 1));
  }

  /** With the leading coefficient positive. */
  polynomialOf({ terms }: Generator): Polynomial {
    const monomials = terms.map(({ monomial, coefficient }) =>
      monomialPolynomial(this.#names, monomial, coefficient),
    );
    const sum = addPolynomials(this.#names, ...monomials);
    return polynomialTerms(sum)[0]!.coefficient < 0n ? scalePolynomial(sum, -1n) : sum;
  }

  /** The relations of one multidegree that lower degrees do not imply. */
  generators(multidegree: readonly number[], all: readonly (readonly number[])[]): Generator[] {
    const monomials = this.#prune(all);
    if (monomials.length === 0) return [];
    const primes: number[] = [];
    const relations: Float64Array[][] = [];
    for (const prime of largestPrimes(4)) {
      primes.push(prime);
      relations.push(this.#newRelations(multidegree, monomials, prime));
      if (relations[0]!.length === 0) return [];
      // One prime shows that there is a relation; two recover its coefficients, more where these are large.
      if (primes.length === 1 || relations.some((basis) => basis.length !== relations[0]!.length)) continue;
      const lifted = relations[0]!.map((_, r) => this.#lift(monomials, primes, relations, r));
      const verified = lifted.map((terms) => terms && this.#verify(terms));
      if (verified.some((how) => how === undefined)) continue;
      return lifted.map((terms, r) => ({ multidegree, terms: terms!, verified: verified[r]! }));
    }
    throw new Error(`no relation of multidegree ${multidegree} could be confirmed`);
  }

  /**
   * Drops monomials whose expansion in the parameters has a term that no other's has: no relation contains
   * them. Again and again, for as long as one is found; not where the expansions are long.
   */
  #prune(all: readonly (readonly number[])[]): readonly (readonly number[])[] {
    let expected = 0;
    for (const monomial of all) expected += this.#expectedTerms(monomial);
    if (expected > pruneTerms) return all;
    let left = all.map((monomial) => ({ monomial, terms: monomialStrings(this.#expand(monomial)) }));
    for (;;) {
      const owners = new Map<string, number>();
      for (const { terms } of left) for (const key of terms) owners.set(key, (owners.get(key) ?? 0) + 1);
      const kept = left.filter(({ terms }) => terms.every((key) => owners.get(key)! > 1));
      if (kept.length === left.length) break;
      left = kept;
    }
    this.pruned += all.length - left.length;
    return left.map(({ monomial }) => monomial);
  }

  /** Basis of the relations modulo a prime, those that known generators imply divided out. */
  #newRelations(
    multidegree: readonly number[],
    monomials: readonly (readonly number[])[],
    prime: number,
  ): Float64Array[] {
    const cols = monomials.length;
    const rows = cols + 10;
    const data = new Float64Array(rows * cols);
    for (let r = 0; r < rows; r++) {
      const values = this.#point(prime, r);
      for (const [c, monomial] of monomials.entries()) {
        let product = 1;
        for (const pair of monomial) product = (product * values[pair]!) % prime;
        data[r * cols + c] = product;
      }
    }
    const relations = nullspaceMod({ rows, cols, data }, prime);
    if (relations.length === 0) return [];
    const implied = this.#impliedRelations(multidegree, monomials, prime);
    const { rows: spanned, pivots } = echelonMod(stacked(implied, cols), prime);
    if (spanned.length === relations.length) return [];
    const rest = relations.map((relation) => {
      const reduced = relation.slice();
      for (const [i, pivot] of pivots.entries()) {
        const factor = reduced[pivot]!;
        if (factor === 0) continue;
        for (let c = 0; c < cols; c++)
          reduced[c] = (reduced[c]! + (prime - factor) * spanned[i]![c]!) % prime;
      }
      return reduced;
    });
    return [...echelonMod(stacked(rest, cols), prime).rows];
  }

  /** The products of known generators and monomials that fall into this multidegree. */
  #impliedRelations(
    multidegree: readonly number[],
    monomials: readonly (readonly number[])[],
    prime: number,
  ): Float64Array[] {
    const position = new Map(monomials.map((monomial, c) => [monomial.join(), c]));
    const relations: Float64Array[] = [];
    for (const { multidegree: lower, terms } of this.#known) {
      const gap = multidegree.map((degree, v) => degree - lower[v]!);
      if (gap.some((degree) => degree < 0)) continue;
      for (const factor of covarianceMonomials(gap, this.pairs, Number.POSITIVE_INFINITY)!) {
        const relation = new Float64Array(monomials.length);
        for (const { monomial, coefficient } of terms) {
          const at = position.get([...monomial, ...factor].sort((a, b) => a - b).join())!;
          relation[at] = Number(((coefficient % BigInt(prime)) + BigInt(prime)) % BigInt(prime));
        }
        relations.push(relation);
      }
    }
    return relations;
  }

  #point(prime: number, index: number): Float64Array {
    const points = this.#points.get(prime) ?? [];
    this.#points.set(prime, points);
    while (points.length <= index) {
      const random = this.#random.split(prime, points.length);
      const { covariance } = randomModularModel(this.#graph, prime, random);
      points.push(
        Float64Array.from(covariancePairs(this.#graph.n).map(([i, j]) => covariance[i * this.#graph.n + j]!)),
      );
    }
    return points[index]!;
  }

  /** Whole coefficients of a relation from its residues; undefined where more primes are needed. */
  #lift(
    monomials: readonly (readonly number[])[],
    primes: readonly number[],
    relations: readonly (readonly Float64Array[])[],
    r: number,
  ): Generator["terms"] | undefined {
    const fractions = monomials.map((_, c) => {
      const { residue, modulus } = chineseRemainder(
        relations.map((basis) => basis[r]![c]!),
        primes,
      );
      return reconstructRational(residue, modulus);
    });
    let common = 1n;
    for (const fraction of fractions) {
      if (fraction === undefined) return undefined;
      common = (common * fraction.den) / gcd(common, fraction.den);
    }
    const coefficients = fractions.map((fraction) => (fraction!.num * common) / fraction!.den);
    const content = coefficients.reduce((divisor, value) => gcd(divisor, value), 0n);
    return monomials.flatMap((monomial, c) =>
      coefficients[c] === 0n ? [] : [{ monomial, coefficient: coefficients[c]! / content }],
    );
  }

  /** How the relation was confirmed; undefined when it is false. */
  #verify(terms: Generator["terms"]): Generator["verified"] | undefined {
    let expected = 0;
    for (const { monomial } of terms) expected += this.#expectedTerms(monomial);
    if (expected <= verifyTerms) {
      // All terms have the same power of the denominator, which cancels.
      const substituted = terms.map(({ monomial, coefficient }) =>
        scalePolynomial(this.#expand(monomial), coefficient),
      );
      return addPolynomials(this.#variables, ...substituted).coefficients.length === 0
        ? "symbolic"
        : undefined;
    }
    for (const prime of largestPrimes(7).slice(4)) {
      for (let fresh = 0; fresh < 20; fresh++) {
        const values = this.#point(prime, fresh);
        let sum = 0;
        for (const { monomial, coefficient } of terms) {
          let product = Number(((coefficient % BigInt(prime)) + BigInt(prime)) % BigInt(prime));
          for (const pair of monomial) product = (product * values[pair]!) % prime;
          sum = (sum + product) % prime;
        }
        if (sum !== 0) return undefined;
      }
    }
    return "modular";
  }

  #expand(monomial: readonly number[]): Polynomial {
    return monomial.reduce(
      (product, pair) => multiplyPolynomials(product, this.#numerators[pair]!),
      constantPolynomial(this.#variables, 1n),
    );
  }

  #expectedTerms(monomial: readonly number[]): number {
    return monomial.reduce((product, pair) => product * this.#numerators[pair]!.coefficients.length, 1);
  }
}

function stacked(rows: readonly Float64Array[], cols: number) {
  const data = new Float64Array(rows.length * cols);
  for (const [i, row] of rows.entries()) data.set(row, i * cols);
  return { rows: rows.length, cols, data };
}

function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
  return Math.round(product);
}
