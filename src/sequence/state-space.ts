import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireKnownOptions, show } from "../core/errors.ts";
import type { ComplexVector } from "../core/linalg/index.ts";

/** x' = a x + b u, y = c x + d u with one input and one output. */
export interface DenseSystem {
  readonly a: Matrix;
  readonly b: Float64Array;
  readonly c: Float64Array;
  /** Default 0. */
  readonly d?: number;
}

/** The same with a diagonal state matrix: x' = diag(eigenvalues) x + b u, y = c x + d u, all complex. */
export interface DiagonalSystem {
  readonly eigenvalues: ComplexVector;
  readonly b: ComplexVector;
  readonly c: ComplexVector;
  /** Default 0. */
  readonly d?: number;
}

export type StateSpace = DenseSystem | DiagonalSystem;

export function isDiagonal(system: StateSpace): system is DiagonalSystem {
  return "eigenvalues" in system;
}

/** Refuses anything but a system of fitting finite parts; returns its order. */
export function requireSystem(argument: string, system: StateSpace): number {
  if (typeof system !== "object" || system === null)
    throw new InvalidInputError(argument, `expected a system, got ${show(system)}`);
  requireFinite(`${argument}.d`, system.d ?? 0);
  if (isDiagonal(system)) {
    requireKnownOptions(argument, system, ["eigenvalues", "b", "c", "d"]);
    const n = requireComplexVector(`${argument}.eigenvalues`, system.eigenvalues);
    requireComplexVector(`${argument}.b`, system.b, n);
    requireComplexVector(`${argument}.c`, system.c, n);
    return n;
  }
  requireKnownOptions(argument, system, ["a", "b", "c", "d"]);
  const { rows, cols } = requireMatrix(`${argument}.a`, system.a, { dtype: "float64" });
  if (rows !== cols || rows === 0)
    throw new InvalidInputError(
      `${argument}.a`,
      `expected a square matrix of an order of at least 1, got shape [${rows}, ${cols}]`,
    );
  requireVector(`${argument}.b`, system.b, rows);
  requireVector(`${argument}.c`, system.c, rows);
  return rows;
}

function requireComplexVector(argument: string, value: ComplexVector, length?: number): number {
  if (typeof value !== "object" || value === null)
    throw new InvalidInputError(argument, `expected real and imaginary parts, got ${show(value)}`);
  const n = requireVector(`${argument}.re`, value.re, length);
  requireVector(`${argument}.im`, value.im, n);
  return n;
}

/** Refuses anything but finite doubles, of a given length where there is one; returns the length. */
export function requireVector(argument: string, value: Float64Array, length?: number): number {
  if (!(value instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(value)}`);
  if (value.length === 0 || (length !== undefined && value.length !== length))
    throw new InvalidInputError(argument, `expected ${length ?? "some"} numbers, got ${value.length}`);
  const bad = value.findIndex((entry) => !Number.isFinite(entry));
  if (bad >= 0)
    throw new InvalidInputError(`${argument}[${bad}]`, `expected a finite number, got ${value[bad]}`);
  return value.length;
}
