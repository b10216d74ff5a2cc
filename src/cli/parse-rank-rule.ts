import { InvalidArgumentError } from "commander";
import type { RankRule } from "ockham/compression";

/** `ratio=0.6`, `energy=0.98`, `params=0.5`, `value=0.05`, `fixed=32`, `budget=100000`. */
export function parseRankRule(text: string): RankRule {
  const [kind, number = ""] = text.split("=");
  const value = Number(number);
  if (number.trim() !== "" && Number.isFinite(value)) {
    if (kind === "ratio" || kind === "params") return { kind, keep: value };
    if (kind === "energy" || kind === "value") return { kind, threshold: value };
    if (kind === "fixed") return { kind, rank: value };
    if (kind === "budget") return { kind, totalParams: value };
  }
  throw new InvalidArgumentError(
    "Expected ratio=, energy=, params=, value=, fixed= or budget= and a number.",
  );
}
