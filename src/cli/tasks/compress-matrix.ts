import { InvalidInputError } from "ockham";
import type { Matrix, NdArray } from "ockham/array";
import { openSafetensors, writeSafetensors } from "ockham/io";
import { monarchParameters, monarchProjection } from "ockham/sequence";
import { requireInteger } from "../../core/errors.ts";
import { type CliContext, printJson, printLine } from "../context.ts";

export interface CompressMatrixOptions {
  readonly tensor: string;
  readonly out: string;
  readonly blocks: number;
  readonly method: "monarch-mixer";
  readonly json?: true;
}

export async function compressMatrix(
  path: string,
  { tensor, out, blocks, method, json }: CompressMatrixOptions,
  context: CliContext,
): Promise<void> {
  if (!out.toLowerCase().endsWith(".safetensors"))
    throw new InvalidInputError(
      "options.out",
      `expected a file name that ends in .safetensors, got "${out}"`,
    );
  requireInteger("options.blocks", blocks, 1);
  const a = await readMatrix(path, tensor);
  const { matrix, relativeError } = monarchProjection(a, blocks);
  const single = ({ shape, data }: NdArray<"float64">): NdArray => ({
    ...{ dtype: "float32", shape },
    data: Float32Array.from(data),
  });
  const [left, right] = matrix.factors as [NdArray<"float64">, NdArray<"float64">];
  await writeSafetensors(out, { [`${tensor}.left`]: single(left), [`${tensor}.right`]: single(right) });
  const [before, after] = [a.data.length, monarchParameters(matrix)];
  if (json) printJson(context, { method, tensor, shape: a.shape, blocks, relativeError, before, after, out });
  else
    printLine(
      context.stdout,
      `${before} numbers to ${after}, relative error ${relativeError.toPrecision(4)}: ${out}`,
    );
}

async function readMatrix(path: string, tensor: string): Promise<Matrix> {
  const file = await openSafetensors(path);
  try {
    if (!file.entries.has(tensor))
      throw new InvalidInputError(
        path,
        `has no tensor ${tensor}; it has ${[...file.entries.keys()].slice(0, 8).join(", ")}`,
      );
    const array = await file.read(tensor);
    if (array.shape.length !== 2 || !(array.dtype === "float32" || array.dtype === "float64"))
      throw new InvalidInputError(
        path,
        `${tensor}: expected a matrix of floats, got ${array.dtype}[${array.shape}]`,
      );
    return { dtype: "float64", shape: array.shape, data: Float64Array.from(array.data as Float32Array) };
  } finally {
    await file.close();
  }
}
