import { InvalidArgumentError } from "commander";

/** Parsers of option values for commander. Ranges are checked by the methods that take the values. */
export function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

export function parseNumbers(text: string): number[] {
  return text.split(",").map(parseNumber);
}
