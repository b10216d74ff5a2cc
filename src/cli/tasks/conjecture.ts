import { InvalidInputError } from "ockham";
import { besselRatio, constants, fromDecimal, type RealConstant } from "ockham/exact";
import { readBytes } from "ockham/io";
import { type Conjecture, esmaSearch } from "ockham/numbertheory";
import { type Cell, renderTable } from "ockham/report";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { type ThreadOptions, withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";

export interface ConjectureOptions extends ThreadOptions {
  readonly digits?: string;
  readonly constant?: string;
  readonly degree: number;
  readonly coeff: number;
  readonly periods: readonly [number, number];
  readonly depth: number;
  readonly latex?: true;
  readonly json?: true;
}

/** Fewest digits after the point of a constant in a file. */
const fewestDigits = 300;

export async function conjecture(options: ConjectureOptions, context: CliContext): Promise<void> {
  const { constant, known } = await constantOf(options);
  const display = progressDisplay(context, "conjecture");
  try {
    const { found, duplicates, stats } = await withPool(options, (pool) =>
      esmaSearch(constant, {
        degree: options.degree,
        coeffLimit: options.coeff,
        periods: options.periods,
        depth: options.depth,
        knownDigits: known,
        workDigits: Math.min(500, known),
        pool,
        signal: context.signal,
        onProgress: display.onProgress,
      }),
    );
    display.stop();
    if (stats.terminates)
      printLine(context.stderr, `${constant.name} is a rational number, as far as its digits tell`);
    if (stats.imprecise > 0)
      printLine(
        context.stderr,
        `${stats.imprecise} of ${stats.expansions} expansions need more than ${known} digits and were left out`,
      );
    const all = [...found, ...duplicates];
    if (options.json)
      printJson(context, {
        constant: constant.name,
        found: found.map(plain),
        duplicates: duplicates.map(plain),
        stats,
      });
    else if (options.latex) for (const one of all) printLine(context.stdout, latexOf(one));
    else if (all.length === 0)
      printLine(context.stdout, `No pattern in ${stats.expansions} expansions of ${stats.leftSides} values.`);
    else
      printLine(
        context.stdout,
        renderTable(
          {
            id: "conjectures",
            title: `a0 + b0/(a1 + b1/(a2 + ...)): ${found.length} values, ${duplicates.length} further fractions`,
            columns: [
              { name: "value" },
              { name: "signs b" },
              { name: "terms a" },
              { name: "checked", unit: "digits" },
              { name: "digits per term" },
            ],
            rows: all.map((one): Cell[] => [
              one.text,
              signText(one),
              termsText(one),
              one.verifiedDigits,
              one.digitsPerTerm,
            ]),
          },
          tableOptions(context),
        ),
      );
  } finally {
    display.stop();
  }
}

async function constantOf(options: ConjectureOptions): Promise<{ constant: RealConstant; known: number }> {
  if (options.digits !== undefined) {
    const text = new TextDecoder().decode(await readBytes(options.digits)).trim();
    const known = (text.split(".")[1] ?? "").replace(/\D/g, "").length;
    if (known < fewestDigits)
      throw new InvalidInputError(
        "options.digits",
        `expected at least ${fewestDigits} digits after the point in ${options.digits}, got ${known}`,
      );
    return { constant: fromDecimal(text), known };
  }
  const name = options.constant;
  if (name === undefined)
    throw new InvalidInputError("options.constant", "expected a constant, or a file of --digits");
  const bessel = /^bessel:(\d+)\/(\d+)$/.exec(name);
  if (bessel !== null) return { constant: besselRatio(Number(bessel[1]), Number(bessel[2])), known: 2000 };
  if (!Object.hasOwn(constants, name))
    throw new InvalidInputError(
      "options.constant",
      `expected one of ${Object.keys(constants).join(", ")}, bessel:p/q, got ${JSON.stringify(name)}`,
    );
  return { constant: constants[name as keyof typeof constants], known: 2000 };
}

/** As JSON: whole numbers of any length become text. */
function plain({ leftSide: _, initial, closedForm, polynomialFraction, ...rest }: Conjecture) {
  return {
    ...rest,
    initial: initial.map(String),
    ...(closedForm && { period: closedForm.period, terms: closedForm.polynomials }),
    ...(polynomialFraction && { polynomialFraction: polynomialFraction.text }),
  };
}

function signText({ signs }: Conjecture): string {
  return signs.map((sign) => (sign > 0 ? "+" : "-")).join("");
}

function termsText({ closedForm, initial, recurrence }: Conjecture): string {
  return closedForm?.polynomials.join("; ") ?? `${initial.join(", ")}, ... by ${recurrence.join(", ")}`;
}

/** The first terms of the fraction as LaTeX, and the rule of all. */
function latexOf(conjecture: Conjecture): string {
  const { text, signs, initial } = conjecture;
  const fraction = initial
    .slice(0, 4)
    .reduceRight(
      (inner, a, n) => `${a} ${signs[n % signs.length] === 1 ? "+" : "-"} \\cfrac{1}{${inner}}`,
      "\\ddots",
    );
  return `\\left|${text.replaceAll("*", " ")}\\right| = ${fraction} \\qquad a: ${termsText(conjecture).replaceAll("*", " ")}`;
}
