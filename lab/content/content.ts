import type { Controls, ViewOutline } from "ockham/demo";
import type { Field } from "ockham/paper";

/** What the catalogue knows of a paper. */
export interface PaperCard {
  readonly id: string;
  readonly title: string;
  readonly year: number;
  readonly field: Field;
  readonly summary: string;
  readonly arxiv?: string;
  /** "measured": a full run is kept in results/; "built": runs, not measured in full yet; "planned": to come. */
  readonly state: "measured" | "built" | "planned";
  readonly demo: boolean;
  /** The first claim as measured. */
  readonly headline?: Headline;
  /** Claims met, of all of them. */
  readonly met?: readonly [met: number, of: number];
  /** How many times faster, or with how many times fewer steps, than a baseline: the largest figure measured. */
  readonly speedUp?: number;
}

export interface Headline {
  readonly says: string;
  readonly measured: string;
  readonly bar: string;
  readonly pass: boolean | null;
}

/** A piece of a page: HTML made from the paper's own README when the lab is built, or code to copy. */
export type Block =
  | { readonly kind: "html"; readonly html: string }
  | { readonly kind: "code"; readonly language: string; readonly code: string };

export interface ClaimRow {
  readonly id: string;
  readonly says: string;
  readonly paper: string;
  readonly measured: string;
  readonly bar: string;
  readonly pass: boolean | null;
  readonly skipped?: string;
}

export interface ResultFigure {
  readonly title: string;
  readonly url: string;
}

/** Everything on the page of a built paper. */
export interface PaperPage {
  readonly purpose: readonly Block[];
  readonly idea: readonly Block[];
  readonly use: readonly { readonly title: string; readonly blocks: readonly Block[] }[];
  readonly avoid: readonly Block[];
  readonly experiment: readonly Block[];
  readonly citation: string;
  readonly bibtex: string;
  readonly claims: readonly ClaimRow[];
  readonly run?: {
    readonly seconds: number;
    readonly seeds: number;
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly figures: readonly ResultFigure[];
  readonly demo?: {
    readonly says: string;
    readonly controls: Controls;
    readonly shows: readonly ViewOutline[];
  };
}
