import { InvalidInputError } from "ockham";
import { type DemoContext, defineDemo, type FormulasView, type Frame } from "ockham/demo";
import { besselRatio, constants, fromDecimal, type RealConstant } from "ockham/exact";
import { type Conjecture, esmaSearch, extendByRecurrence, toSimple } from "ockham/numbertheory";

const depth = 60;
/** Conjectures that are written out. */
const shown = 6;
const fewestDigits = 300;

export const demo = defineDemo({
  says: "Type a constant. Its own digits are expanded into continued fractions with every short pattern of signs; where the terms obey a recurrence, a formula is conjectured, carried far beyond the digits it was read from, and compared exactly. Try pi to see that nothing is found where there is nothing.",
  shows: [
    { kind: "formulas", title: "Conjectures", rows: 6 },
    { kind: "plot", title: "Digits from n terms" },
    { kind: "table", title: "Searched", rows: 1 },
  ],
  controls: {
    constant: {
      kind: "text",
      label: "Constant",
      value: "e",
      maxLength: 5000,
      examples: ["e", "e2", "tan1", "phi", "sqrt2", "bessel:1/2", "pi"],
    },
    coefficients: {
      kind: "number",
      label: "Largest coefficient of the left side",
      value: 2,
      min: 1,
      max: 3,
      step: 1,
    },
    period: { kind: "number", label: "Longest period of signs", value: 2, min: 1, max: 3, step: 1 },
    file: {
      kind: "file",
      label: "Your own number",
      says: "A text file with the decimal digits of one number, 300 or more. It is used in place of the constant.",
      accept: [".txt"],
      maxBytes: 100_000,
    },
  },
  async *run({ constant: name, coefficients, period, file }, { signal, onProgress }: DemoContext) {
    const { constant, known } = constantOf(
      file === undefined ? name : new TextDecoder().decode(file.bytes),
      file?.name ?? "constant",
    );
    for (let limit = 1; limit <= coefficients; limit++) {
      const { found, stats } = await esmaSearch(constant, {
        degree: 1,
        coeffLimit: limit,
        periods: [1, period],
        depth,
        knownDigits: known,
        workDigits: Math.min(300, known),
        verifyDepth: 300,
        signal,
        onProgress: (progress) => onProgress({ ...progress, stage: `coefficients up to ${limit}` }),
      });
      const ranked = found.toSorted((a, b) => b.digitsPerTerm - a.digitsPerTerm);
      const best = found.toSorted((a, b) => gain(b) - gain(a))[0];
      const formulas: FormulasView = {
        kind: "formulas",
        title:
          found.length === 0
            ? `No pattern in ${stats.expansions} expansions of ${constant.name}`
            : `Conjectures for ${constant.name}`,
        formulas:
          found.length === 0
            ? [{ tex: "\\varnothing", says: "That nothing was found says nothing about the constant." }]
            : ranked.slice(0, shown).map((one) => ({
                tex: tex(one, constant.name),
                says: `agrees to ${one.verifiedDigits} digits, read from ${one.digitsUsed}`,
              })),
      };
      const views: Frame["views"] = [
        formulas,
        ...(best === undefined ? [] : [digitsPlot(best)]),
        {
          kind: "table",
          title: "Searched",
          columns: [
            { name: "values |P(x)/Q(x)|" },
            { name: "expansions" },
            { name: "conjectures" },
            { name: "patterns that failed the check" },
          ],
          rows: [[stats.leftSides, stats.expansions, found.length, stats.rejected]],
        },
      ];
      yield { done: limit, total: coefficients, views };
    }
  },
});

function constantOf(text: string, argument: string): { constant: RealConstant; known: number } {
  const name = text.trim();
  const bessel = /^bessel:(\d+)\/(\d+)$/.exec(name);
  if (bessel !== null) return { constant: besselRatio(Number(bessel[1]), Number(bessel[2])), known: 1500 };
  if (Object.hasOwn(constants, name))
    return { constant: constants[name as keyof typeof constants], known: 1500 };
  if (!/^[+-]?\d[\d\s_]*\.[\d\s_]*$/.test(name))
    throw new InvalidInputError(
      argument,
      `expected one of ${Object.keys(constants).join(", ")}, bessel:p/q, or ${fewestDigits} and more digits of a number`,
    );
  const known = name.split(".")[1]!.replace(/\D/g, "").length;
  if (known < fewestDigits)
    throw new InvalidInputError(
      argument,
      `expected at least ${fewestDigits} digits after the point, got ${known}: patterns need many`,
    );
  return { constant: fromDecimal(name), known };
}

/** Digits that n terms give: of the conjecture, and of the simple continued fraction of the same value. */
function digitsPlot({ text, initial, recurrence, signs, digitsPerTerm }: Conjecture): Frame["views"][number] {
  const terms = extendByRecurrence(recurrence, initial, depth);
  const simple = toSimple(terms, signs).slice(0, depth);
  const curve = (a: readonly bigint[], b: readonly number[]): { x: number[]; y: number[] } => {
    const digits = convergentDigits(a, b);
    return { x: digits.map((_, n) => n + 1), y: digits };
  };
  return {
    kind: "plot",
    title: `Digits of ${text.replaceAll("*", "")} from n terms`,
    x: { label: "terms" },
    y: { label: "digits" },
    series: [
      {
        name: `conjecture, ${digitsPerTerm.toFixed(2)} a term`,
        role: "method",
        mark: "line",
        ...curve(terms, signs),
      },
      { name: "simple continued fraction", role: "baseline", mark: "line", ...curve(simple, [1]) },
    ],
  };
}

/** How many digits more than the simple continued fraction of its value a conjecture gives, as a factor. */
function gain({ initial, recurrence, signs }: Conjecture): number {
  const terms = extendByRecurrence(recurrence, initial, depth);
  const simple = toSimple(terms, signs).slice(0, depth);
  return convergentDigits(terms, signs).at(-1)! / convergentDigits(simple, [1]).at(-1)!;
}

/** Neighbouring convergents differ by 1 / (q_n q_(n-1)), as all numerators are 1 or -1. */
function convergentDigits(a: readonly bigint[], b: readonly number[]): number[] {
  let [before, q] = [0n, 1n];
  return a.slice(1).map((term, n) => {
    [before, q] = [q, term * q + BigInt(b[n % b.length]!) * before];
    return Math.max(0, digitsOf(q) + digitsOf(before));
  });
}

function digitsOf(n: bigint): number {
  const text = (n < 0n ? -n : n).toString();
  return Math.log10(Number(`0.${text.slice(0, 15)}`)) + text.length;
}

function tex({ text, signs, initial, recurrence, closedForm }: Conjecture, constant: string): string {
  const fraction = extendByRecurrence(recurrence, initial, 4)
    .slice(0, 4)
    .reduceRight(
      (inner, a, n) => `${a} ${signs[n % signs.length] === 1 ? "+" : "-"} \\cfrac{1}{${inner}}`,
      "\\ddots",
    );
  const pattern = closedForm?.polynomials.map((each) => each.replaceAll("*", "\\,")).join(",\\; ");
  const left = text.replaceAll("*", "\\,").replaceAll(constant, constant === "pi" ? "\\pi" : constant);
  return `${left} = ${fraction}${pattern === undefined ? "" : ` \\qquad a:\\; ${pattern}`}`;
}
