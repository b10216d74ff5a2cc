import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import { fromOnnx, type OnnxValue, type Tensor } from "../core/tensor/index.ts";
import { fromNetwork, type NetworkModel, type NetworkModelOptions } from "./network-model.ts";

export interface OnnxDenoiserOptions extends Omit<NetworkModelOptions, "shape"> {
  /** Shape of one sample, where the file leaves extents open. */
  readonly shape?: readonly number[];
  /** Value of the model's third input, a class from 0; needed if and only if it has one. */
  readonly label?: number;
}

/**
 * The diffusion model of an ONNX file: the first input with two or more axes is x, [batch, ...shape], the next one the
 * time, [batch] or a scalar, of floats or whole numbers; a third one is the class, [batch]. The first output is the
 * prediction. A file whose batch has a fixed size is asked in parts of that size.
 */
export function fromOnnxDenoiser(bytes: Uint8Array, options: OnnxDenoiserOptions): NetworkModel {
  const { label, shape: given, ...network } = options;
  const model = fromOnnx(bytes);
  const x = model.inputs.find(({ shape }) => (shape?.length ?? 2) >= 2);
  const [time, classes, ...more] = model.inputs.filter((input) => input !== x);
  if (x === undefined || time === undefined || more.length > 0)
    throw new InvalidInputError(
      "model",
      `expected inputs for samples, time and perhaps a class, got ${show(model.inputs.map(({ name }) => name))}`,
    );
  if ((classes === undefined) !== (label === undefined))
    throw new InvalidInputError(
      "options.label",
      classes === undefined
        ? "the model has no input for a class"
        : `expected a class for the input ${classes.name}`,
    );
  if (label !== undefined) requireInteger("options.label", label, 0);
  const [output] = model.outputs;
  const opened = fromNetwork(
    (weights: Readonly<Record<string, Tensor>>, points: Tensor, times: Tensor) => {
      const batch = points.shape[0]!;
      const inputs: Record<string, Tensor> = {
        [x.name]: points,
        [time.name]: fitted(times, time),
      };
      if (classes !== undefined) inputs[classes.name] = fitted(times.full([batch], label!), classes);
      return model.apply(weights, inputs)[output!.name]!;
    },
    model.weights,
    { ...network, shape: given ?? sampleShape(x) },
  );
  const fixed = x.shape?.[0];
  const known = label === undefined ? opened : withKnownClass(opened, label);
  return typeof fixed === "number" ? inParts(known, fixed) : known;
}

/** A model that says so when the network's table of classes has no such label. */
function withKnownClass(model: NetworkModel, label: number): NetworkModel {
  const explained = async (result: Promise<Float64Array>): Promise<Float64Array> => {
    try {
      return await result;
    } catch (error) {
      const range = error instanceof Error && /out of data bounds.*\[-\d+,(\d+)\]/.exec(error.message);
      if (range) throw new InvalidInputError("options.label", `expected 0 to ${range[1]}, got ${label}`);
      throw error;
    }
  };
  return {
    ...model,
    eps: (x, batch, t) => explained(model.eps(x, batch, t)),
    jvp: (x, direction, batch, t) => explained(model.jvp(x, direction, batch, t)),
  };
}

/** A model that takes batches of one size only, for batches of any size: in parts, the last one filled up with zeros. */
function inParts(model: NetworkModel, size: number): NetworkModel {
  const { dim } = model;
  const parts = async (
    batch: number,
    arrays: readonly Float64Array[],
    run: (parts: readonly Float64Array[]) => Promise<Float64Array>,
  ): Promise<Float64Array> => {
    const out = new Float64Array(batch * dim);
    for (let first = 0; first < batch; first += size) {
      const rows = Math.min(size, batch - first);
      const filled = arrays.map((array) => {
        const part = new Float64Array(size * dim);
        part.set(array.subarray(first * dim, (first + rows) * dim));
        return part;
      });
      out.set((await run(filled)).subarray(0, rows * dim), first * dim);
    }
    return out;
  };
  return {
    ...model,
    eps: (x, batch, t) => parts(batch, [x], ([part]) => model.eps(part!, size, t)),
    jvp: (x, direction, batch, t) =>
      parts(batch, [x, direction], ([part, along]) => model.jvp(part!, along!, size, t)),
  };
}

/** Values of a batch as an input wants them: its element type, and one value for a scalar. */
function fitted(values: Tensor, { dtype, shape }: OnnxValue): Tensor {
  const whole = dtype === "int64" || dtype === "int32" ? values.round() : values;
  const cast = whole.cast(dtype);
  return shape?.length === 0 ? cast.sliceAxis(0, 0, 1).reshape([]) : cast;
}

function sampleShape({ name, shape }: OnnxValue): number[] {
  return (shape ?? []).slice(1).map((extent) => {
    if (typeof extent === "number") return extent;
    throw new InvalidInputError(
      "options.shape",
      `expected the shape of one sample: the model leaves that of ${name} open, [${(shape ?? []).map(String).join(", ")}]`,
    );
  });
}
