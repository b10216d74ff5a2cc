import { InvalidInputError } from "ockham";
import { readBytes } from "ockham/io";

/** Names of `count` things, one a line, all different and without blanks. */
export async function readNames(path: string, count: number): Promise<readonly string[]> {
  const text = new TextDecoder().decode(await readBytes(path));
  const names = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const lines = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    if (name === "" || /\s/.test(name))
      throw new InvalidInputError(`${path}, line ${i + 1}`, `expected a name without blanks, got "${name}"`);
    const before = lines.get(name);
    if (before !== undefined)
      throw new InvalidInputError(`${path}, line ${i + 1}`, `"${name}" is in line ${before} already`);
    lines.set(name, i + 1);
  }
  if (names.length !== count)
    throw new InvalidInputError(path, `expected ${count} names, one a set of vectors, got ${names.length}`);
  return names;
}
