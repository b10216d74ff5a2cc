import { fromNested, type Matrix, type NdArray } from "ockham/array";
import { type Graph, graphFromEdges } from "ockham/graph";
import { csrFromDense } from "ockham/sparse";

/** Small valid inputs, made anew at every call. */
export const dense = (): Matrix =>
  fromNested([
    [4, 1, 0],
    [1, 3, 1],
    [0, 1, 2],
  ]);

export const sparse = () => csrFromDense(dense());

export const vector = (): Float64Array => Float64Array.of(1, -2, 3);

/** Two triangles joined by an edge. */
export const graph = (): Graph =>
  graphFromEdges({ sources: [0, 1, 2, 3, 4, 5, 2], targets: [1, 2, 0, 4, 5, 3, 3] });

export const array = (): NdArray<"float64"> =>
  fromNested([
    [1, 2, 3],
    [4, 5, 6],
  ]);
