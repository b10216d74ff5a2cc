import { InvalidInputError } from "ockham";
import type { GivenFile } from "ockham/demo";
import { parseTable } from "ockham/io";

/** Columns of numbers of a reader's own table. */
export interface GivenNumbers {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly rows: number;
}

/**
 * The columns of a table that hold numbers without gaps.
 *
 * @throws InvalidInputError naming the file when it has fewer such columns than `least`, too few or too many rows, or a
 *   number that is too large to hold
 */
export async function givenNumbers(
  { name, bytes }: GivenFile,
  limits: { readonly least: number; readonly minRows: number; readonly maxRows: number },
): Promise<GivenNumbers> {
  const { columns, names, rows } = await parseTable(bytes, {}, name);
  const numbers = names.flatMap((each) => {
    const column = columns[each]!;
    return column.kind === "number" && column.missing === 0 ? [{ each, values: column.values }] : [];
  });
  if (numbers.length < limits.least)
    throw new InvalidInputError(
      name,
      `expected ${words[limits.least]} columns of numbers without gaps, got ${numbers.length} of ${names.length} columns`,
    );
  if (rows < limits.minRows || rows > limits.maxRows)
    throw new InvalidInputError(name, `expected ${limits.minRows} to ${limits.maxRows} rows, got ${rows}`);
  for (const { each, values } of numbers) {
    const row = values.findIndex((value) => !Number.isFinite(value));
    if (row >= 0)
      throw new InvalidInputError(
        name,
        `column "${each}", row ${row + 1}: expected a finite number, got ${values[row]}`,
      );
  }
  return {
    names: numbers.map(({ each }) => each),
    columns: numbers.map(({ values }) => values),
    rows,
  };
}

const words: Readonly<Record<number, string>> = { 2: "two", 3: "three" };
