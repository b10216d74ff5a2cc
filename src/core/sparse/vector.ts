import { InvalidInputError, show } from "../errors.ts";

/** Refuses anything but finite float64 values, as many as expected. */
export function requireVector(argument: string, value: unknown, length: number): Float64Array {
  if (!(value instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(value)}`);
  if (value.length !== length)
    throw new InvalidInputError(argument, `expected ${length} elements, got ${value.length}`);
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(value[i]))
      throw new InvalidInputError(argument, `element ${i} is ${value[i]}; expected finite values`);
  }
  return value;
}
