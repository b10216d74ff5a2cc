import { besselRatio, constants, fromDecimal, type RealConstant } from "ockham/exact";
import {
  type Conjecture,
  type EsmaResult,
  enumerateLeftSides,
  esmaSearch,
  signedContinuedFraction,
} from "ockham/numbertheory";
import { definePaper, type Figure, type Run, type Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { factsOf } from "../catalogue.ts";
import { exhaustiveSearch } from "./exhaustive.ts";

/** Values that the authors' program finds for e with degree 1, coefficients up to 2 and signs of period 2. */
const knownValues = [
  "e - 1",
  "e/(e - 1)",
  "e/(e - 2)",
  "2/(e - 1)",
  "(e + 1)/(2*e - 2)",
  "(2*e + 2)/(e - 1)",
  "(2*e - 2)/e",
  "(e - 1)/(e - 2)",
  "(e + 1)/(e - 1)",
  "1/(e - 1)",
  "1/(e - 2)",
  "(e + 1)/e",
  "(e + 1)/2",
] as const;

const depth = 120;

export const paper = definePaper({
  ...factsOf("esma"),
  claims: [
    {
      id: "known-values",
      says: "Of the 13 values that the authors' program finds for e, those found here",
      paper: "13",
      bar: { between: [13, 13] },
      unit: "",
    },
    {
      id: "other-values",
      says: "Further values found in that search",
      paper: "0",
      bar: { atMost: 0 },
      unit: "",
    },
    {
      id: "tangent",
      says: "Lambert's continued fractions of tan 1 and cot 1 among those found for tan 1",
      paper: "finds known formulas for tan 1",
      bar: { between: [2, 2] },
      unit: "",
    },
    {
      id: "false-positives",
      says: "Patterns found in constants of 600 random digits: 500 of them, 20 in a quick run",
      paper: "no statement",
      bar: { atMost: 0 },
      unit: "",
    },
    {
      id: "faster-fraction",
      says: "Digits per term of the best conjecture for e over those of the simple continued fraction of its value",
      paper: "some converge faster than the simple continued fraction",
      bar: { atLeast: 1.1 },
      unit: "x",
    },
    {
      id: "quick-time",
      says: "Time of the search for e; the authors' Python program takes 40 s",
      paper: "no statement",
      bar: { atMost: 2 },
      unit: "s",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];

    const started = performance.now();
    const e = await search(run, constants.e, 1, 2, [2, 2], 105, 0, full ? 0.05 : 0.4);
    const seconds = (performance.now() - started) / 1000;
    const texts = e.found.map(({ text }) => text);
    tables.push(
      conjectureTable("e", "e, degree 1, coefficients up to 2, signs of period 2", e),
      baselines(e, seconds),
    );

    const tangent = await search(
      run,
      constants.tan1,
      1,
      1,
      [1, 2],
      depth,
      full ? 0.05 : 0.4,
      full ? 0.1 : 0.6,
    );
    tables.push(conjectureTable("tan-1", "tan 1, degree 1, coefficients up to 1", tangent));

    const count = full ? 500 : 20;
    const wrong = await randomConstants(run, count, full ? 0.1 : 0.6, full ? 0.4 : 1);

    let best = e;
    if (full) {
      const sizes = { degree: 1, coeffLimit: 3, periods: [1, 4] } as const;
      const searches = [
        ["e-large", constants.e],
        ["tan-1-large", constants.tan1],
        ["bessel", besselRatio(1, 2)],
        ["e-squared", constants.e2],
        ["golden-ratio", constants.phi],
      ] as const;
      for (const [k, [id, constant]] of searches.entries()) {
        const [from, to] = [0.4 + 0.1 * k, 0.5 + 0.1 * k];
        const result = await search(
          run,
          constant,
          sizes.degree,
          sizes.coeffLimit,
          sizes.periods,
          depth,
          from,
          to,
        );
        if (id === "e-large") best = result;
        tables.push(
          conjectureTable(
            id,
            `${constant.name}, degree 1, coefficients up to 3, signs of period 1 to 4`,
            result,
          ),
        );
      }
      const quadratic = await search(run, constants.e, 2, 1, [1, 2], depth, 0.9, 1);
      tables.push(
        conjectureTable(
          "e-quadratic",
          "e, degree 2, coefficients up to 1, signs of period 1 and 2",
          quadratic,
        ),
      );
    }
    return {
      claims: {
        "known-values": knownValues.filter((value) => texts.includes(value)).length,
        "other-values": texts.filter((text) => !(knownValues as readonly string[]).includes(text)).length,
        tangent: lambert([...tangent.found, ...tangent.duplicates]),
        "false-positives": wrong,
        "faster-fraction": largestGain(best),
        "quick-time": seconds,
      },
      tables,
      figures: [checkedFigure(e)],
    };
  },
});

function search(
  run: Run,
  constant: RealConstant,
  degree: number,
  coeffLimit: number,
  periods: readonly [number, number],
  terms: number,
  from: number,
  to: number,
): Promise<EsmaResult> {
  const { pool } = run;
  return esmaSearch(constant, {
    degree,
    coeffLimit,
    periods,
    depth: terms,
    pool,
    ...run.stage(constant.name, from, to),
  });
}

function lambert(conjectures: readonly Conjecture[]): number {
  const expected = [
    ["tan(1)", "1", "1,0,-2,0,1"],
    ["1/tan(1)", "-1", "1,-2,1"],
  ] as const;
  return expected.filter(([text, signs, recurrence]) =>
    conjectures.some(
      (found) =>
        found.text === text && found.signs.join() === signs && found.recurrence.join() === recurrence,
    ),
  ).length;
}

/** Patterns found in constants whose digits are drawn. */
async function randomConstants(run: Run, count: number, from: number, to: number): Promise<number> {
  let found = 0;
  for (let k = 0; k < count; k++) {
    const random = randomStream(run.seed, "random-constant", k);
    const digits = Array.from({ length: 600 }, () => random.integer(10)).join("");
    const result = await esmaSearch(fromDecimal(`${1 + random.integer(9)}.${digits}`), {
      degree: 1,
      coeffLimit: 1,
      periods: [1, 2],
      depth,
      knownDigits: 600,
      pool: run.pool,
      signal: run.signal,
    });
    found += result.found.length;
    run.progress(from + ((to - from) * (k + 1)) / count, 1, "random constants");
  }
  return found;
}

/** What the enumeration of signs adds, and what guessing both sides finds in the same time. */
function baselines(e: EsmaResult, seconds: number): Table {
  const x = constants.e.digits(60);
  const sides = enumerateLeftSides({ degree: 1, coeffLimit: 2 });
  const guessed = exhaustiveSearch(x, sides, 1000 * seconds);
  const simple = [...e.found, ...e.duplicates].filter(({ signs }) => signs.every((sign) => sign === 1));
  return {
    id: "methods",
    title: "Values of e with a continued fraction found, in the same time",
    columns: [{ name: "method" }, { name: "values" }, { name: "what was tried" }],
    rows: [
      ["ESMA", e.found.length, `${e.stats.expansions} expansions`],
      ["simple continued fractions and Massey's test", simple.length, `${sides.length} expansions`],
      [
        "exhaustive, linear a and b, 12 digits, not verified",
        guessed.met.length,
        `${guessed.tried} continued fractions`,
      ],
    ],
  };
}

/** Largest gain of digits per term over the simple continued fraction of the same value, to the same depth. */
function largestGain(result: EsmaResult): number {
  const x = constants.e.digits(2000);
  const gains = [...result.found, ...result.duplicates].map(({ leftSide, digitsPerTerm }) => {
    // A convergent of a simple continued fraction errs by about 1 / q^2: the digits that it was read from.
    const digits = (terms: number): number => signedContinuedFraction(x, leftSide, [1], terms).digitsUsed;
    return digitsPerTerm / ((digits(depth) - digits(depth / 2)) / (depth / 2));
  });
  return Math.max(...gains);
}

function conjectureTable(id: string, title: string, { found, duplicates }: EsmaResult): Table {
  return {
    id,
    title: `${title}: ${found.length} values, ${duplicates.length} further fractions`,
    columns: [
      { name: "value" },
      { name: "signs" },
      { name: "terms" },
      { name: "recurrence" },
      { name: "checked", unit: "digits" },
      { name: "digits per term" },
    ],
    rows: found.map((conjecture) => [
      conjecture.text,
      conjecture.signs.map((sign) => (sign > 0 ? "+" : "-")).join(""),
      conjecture.closedForm?.polynomials.join("; ") ?? conjecture.initial.join(", "),
      conjecture.recurrence.join(", "),
      conjecture.verifiedDigits,
      conjecture.digitsPerTerm,
    ]),
  };
}

function checkedFigure({ found }: EsmaResult): Figure {
  const texts = found.map(({ text }) => text);
  return {
    id: "digits-checked",
    title: "Digits to which each conjecture for e was checked, beside those it was read from",
    x: { label: "value", scale: "category" },
    y: { label: "decimal digits" },
    series: [
      { name: "checked", mark: "points", x: texts, y: found.map(({ verifiedDigits }) => verifiedDigits) },
      { name: "read from", mark: "points", x: texts, y: found.map(({ digitsUsed }) => digitsUsed) },
    ],
  };
}
