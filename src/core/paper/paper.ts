import type { FetchedDataset } from "../data/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import type { Pool } from "../parallel/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { type Figure, type Mode, modes, type Picture, type Table } from "../report/index.ts";
import { type Bar, requireBar } from "./bar.ts";
import { type Field, fields } from "./fields.ts";

/** What is known of a paper before anything is run. */
export interface PaperFacts {
  /** Kebab-case; names the folder `papers/<id>`. */
  readonly id: string;
  readonly title: string;
  /** Year of publication. */
  readonly year: number;
  /** arXiv number, e.g. "1908.11512", where there is one. */
  readonly arxiv?: string;
  readonly field: Field;
  /** What the method does and for whom: one sentence in our own words. */
  readonly summary: string;
}

/** A statement of the paper that a run here can confirm or refute. */
export interface Claim {
  /** Kebab-case, unique within the paper. */
  readonly id: string;
  /** What is measured here and what it should show, in words. */
  readonly says: string;
  /** What the paper itself reports: "4,000x faster than DeepWalk". */
  readonly paper: string;
  /** What the measured value must meet, for both modes or for each; a mode left out does not measure it. */
  readonly bar: Bar | { readonly quick?: Bar; readonly full?: Bar };
  /** "x", "s", "F1", ...; "" for a bare number. */
  readonly unit: string;
}

/** A value, one value for each seed, or why there is none. */
export type Measurement = number | readonly number[] | { readonly skipped: string };

/** What an experiment measured. The harness compares it with the bars. */
export interface Outcome<ClaimId extends string = string> {
  /** By claim. Every claim that has a bar in this mode must be there, skipped ones with their reason. */
  readonly claims: Readonly<Partial<Record<ClaimId, Measurement>>>;
  readonly tables?: readonly Table[];
  readonly figures?: readonly (Figure | Picture)[];
}

/** What an experiment is given. */
export interface Run {
  readonly mode: Mode;
  /** The first of {@link seeds}, for what is measured once. */
  readonly seed: number;
  /** Seeds to repeat the experiment over, where chance matters. */
  readonly seeds: readonly number[];
  readonly signal: AbortSignal;
  readonly pool: Pool;
  /** Reports that `done` of `total` parts of the whole experiment are complete. */
  progress(done: number, total: number, stage?: string): void;
  /**
   * `signal` and `onProgress` for one long call of the library, whose progress fills the part from `from`
   * to `to` (0 to 1) of the experiment: `await fitX(data, { ...run.stage("training", 0.2, 0.8), seed })`.
   */
  stage(name: string, from: number, to: number): Pick<LongCallOptions, "signal" | "onProgress">;
  /**
   * A data set's files, fetched on first use. Rejects with `DatasetUnavailableError` when no source can be
   * reached; an experiment that lets this through is reported as skipped, with the name of the data set.
   */
  dataset(name: string): Promise<FetchedDataset>;
}

/** What {@link definePaper} takes. */
export interface PaperDefinition<ClaimId extends string = string> extends PaperFacts {
  readonly claims: readonly (Claim & { readonly id: ClaimId })[];
  /** Number of seeds of a run, by mode; default 1. */
  readonly seeds?: { readonly quick?: number; readonly full?: number };
  /** Measures the claims: `quick` within 20 seconds and without the network, `full` within 10 minutes. */
  experiment(run: Run): Promise<Outcome<ClaimId>>;
}

export type Paper = PaperDefinition;

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const paperFields = ["id", "title", "year", "arxiv", "field", "summary", "claims", "seeds", "experiment"];

/** Checks that a paper's facts and claims are complete, and returns it. */
export function definePaper<const ClaimId extends string>(definition: PaperDefinition<ClaimId>): Paper {
  requireKnownOptions("paper", definition, paperFields);
  requireFacts("paper", definition);
  if (definition.claims.length === 0) throw new InvalidInputError("paper.claims", "expected at least one");
  const ids = new Set<string>();
  for (const [index, claim] of definition.claims.entries()) {
    const argument = `paper.claims[${index}]`;
    requireKnownOptions(argument, claim, ["id", "says", "paper", "bar", "unit"]);
    requireMatch(`${argument}.id`, claim.id, kebabCase, "a kebab-case name");
    if (ids.has(claim.id)) throw new InvalidInputError(`${argument}.id`, `${show(claim.id)} occurs twice`);
    ids.add(claim.id);
    requireText(`${argument}.says`, claim.says);
    requireText(`${argument}.paper`, claim.paper);
    if (typeof claim.unit !== "string")
      throw new InvalidInputError(`${argument}.unit`, `expected a string, got ${show(claim.unit)}`);
    requireClaimBar(`${argument}.bar`, claim.bar);
  }
  for (const mode of modes)
    if (definition.seeds?.[mode] !== undefined)
      requireInteger(`paper.seeds.${mode}`, definition.seeds[mode], 1, 100);
  if (typeof definition.experiment !== "function")
    throw new InvalidInputError(
      "paper.experiment",
      `expected a function, got ${show(definition.experiment)}`,
    );
  return definition as Paper;
}

/** Refuses facts that are missing or malformed; names the one at fault. */
export function requireFacts(argument: string, facts: PaperFacts): void {
  requireMatch(`${argument}.id`, facts.id, kebabCase, "a kebab-case name");
  requireText(`${argument}.title`, facts.title);
  requireInteger(`${argument}.year`, facts.year, 1900, 2100);
  if (facts.arxiv !== undefined)
    requireMatch(`${argument}.arxiv`, facts.arxiv, /^\d{4}\.\d{4,5}$/, "an arXiv number");
  requireOneOf(`${argument}.field`, facts.field, fields);
  requireMatch(`${argument}.summary`, facts.summary, /^\S.{30,300}\.$/, "a sentence of 30 to 300 characters");
}

/** The bar of a claim in a mode; undefined when the mode does not measure it. */
export function barIn(claim: Claim, mode: Mode): Bar | undefined {
  return "quick" in claim.bar || "full" in claim.bar ? claim.bar[mode] : (claim.bar as Bar);
}

function requireClaimBar(argument: string, bar: Claim["bar"]): void {
  if ("quick" in bar || "full" in bar) {
    requireKnownOptions(argument, bar, modes);
    for (const mode of modes) if (bar[mode] !== undefined) requireBar(`${argument}.${mode}`, bar[mode]);
  } else requireBar(argument, bar as Bar);
}

function requireText(argument: string, value: unknown): void {
  if (typeof value !== "string" || value.trim() === "")
    throw new InvalidInputError(argument, `expected text, got ${show(value)}`);
}

function requireMatch(argument: string, value: unknown, pattern: RegExp, expected: string): void {
  if (typeof value !== "string" || !pattern.test(value))
    throw new InvalidInputError(argument, `expected ${expected}, got ${show(value)}`);
}
