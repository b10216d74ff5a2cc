import { InvalidInputError, show } from "./errors.ts";

/** A test of names: a pattern with `*` for any text, or a regular expression. */
export function matcher(argument: string, pattern: string | RegExp): (name: string) => boolean {
  if (pattern instanceof RegExp)
    return (name) => new RegExp(pattern.source, pattern.flags.replace("g", "")).test(name);
  if (typeof pattern !== "string" || pattern === "")
    throw new InvalidInputError(
      argument,
      `expected a pattern such as "blocks.*" or a RegExp, got ${show(pattern)}`,
    );
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const test = new RegExp(`^${source}$`);
  return (name) => test.test(name);
}
