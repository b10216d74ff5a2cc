import { InvalidInputError, show } from "../core/errors.ts";

/** Refuses anything but a Float64Array of finite values, of the given length where one is given; returns it. */
export function requireVector(argument: string, value: unknown, length?: number): Float64Array {
  if (!(value instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(value)}`);
  if (length !== undefined && value.length !== length)
    throw new InvalidInputError(argument, `expected ${length} elements, got ${value.length}`);
  const bad = value.findIndex((element) => !Number.isFinite(element));
  if (bad >= 0)
    throw new InvalidInputError(argument, `element ${bad} is ${value[bad]}; expected finite values`);
  return value;
}
