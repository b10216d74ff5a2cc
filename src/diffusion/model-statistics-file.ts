import type { Matrix, NdArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { openSafetensors, writeSafetensors } from "../core/io/index.ts";
import type { EmpiricalModelStatistics } from "./model-statistics.ts";

/** Writes the statistics of a model as safetensors: arrays lambda, l, s, b, and the rest as metadata. */
export async function saveModelStatistics(path: string, statistics: EmpiricalModelStatistics): Promise<void> {
  const { lambda, l, s, b, tStart, tEnd, schedule, samples, warning } = statistics;
  await writeSafetensors(
    path,
    { lambda: { dtype: "float64", shape: [lambda.length], data: lambda }, l, s, b },
    {
      ...{ schedule, tStart: String(tStart), tEnd: String(tEnd), samples: String(samples) },
      ...(warning !== undefined && { warning }),
    },
  );
}

/** Reads what {@link saveModelStatistics} wrote. */
export async function loadModelStatistics(path: string): Promise<EmpiricalModelStatistics> {
  const file = await openSafetensors(path);
  try {
    const read = async (name: string): Promise<NdArray<"float64">> => {
      if (!file.entries.has(name)) throw new InvalidInputError(path, `has no array ${show(name)}`);
      const array = await file.read(name);
      if (array.dtype !== "float64")
        throw new InvalidInputError(path, `expected ${name} in float64, got ${array.dtype}`);
      return array as NdArray<"float64">;
    };
    const { schedule, tStart, tEnd, samples, warning } = file.metadata;
    if (schedule === undefined || tStart === undefined || tEnd === undefined)
      throw new InvalidInputError(
        path,
        "holds no statistics of a model: schedule, tStart or tEnd is missing",
      );
    const lambda = await read("lambda");
    const matrix = async (name: string): Promise<Matrix> => {
      const array = await read(name);
      if (array.shape.length !== 2 || array.shape[0] !== lambda.data.length)
        throw new InvalidInputError(
          path,
          `expected ${name} of shape [${lambda.data.length}, d], got [${array.shape.join(", ")}]`,
        );
      return array;
    };
    return {
      lambda: lambda.data,
      l: await matrix("l"),
      s: await matrix("s"),
      b: await matrix("b"),
      tStart: Number(tStart),
      tEnd: Number(tEnd),
      schedule,
      samples: Number(samples),
      ...(warning !== undefined && { warning }),
    };
  } finally {
    await file.close();
  }
}
