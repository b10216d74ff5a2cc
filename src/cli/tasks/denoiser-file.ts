import { InvalidInputError } from "ockham";
import {
  type DiffusionModel,
  edm,
  fromOnnxDenoiser,
  type NoiseSchedule,
  type Prediction,
  type TimeInput,
  veGeometric,
  vpCosine,
  vpDiscrete,
  vpLinear,
  withGuidance,
} from "ockham/diffusion";
import { readBytes, readNpy } from "ockham/io";

/** What `--schedule` offers. */
export type ScheduleName = "vp-linear" | "vp-cosine" | "vp-discrete" | "edm" | "ve";

/** How a denoiser's file is to be understood. */
export interface DenoiserOptions {
  readonly schedule: ScheduleName;
  readonly betas?: string;
  readonly predicts: Prediction;
  readonly timeInput: TimeInput;
  readonly shape?: readonly number[];
  readonly label?: number;
  readonly guidance?: number;
  readonly nullLabel?: number;
}

export interface OpenedDenoiser {
  readonly model: DiffusionModel;
  /** Shape of one sample. */
  readonly shape: readonly number[];
  dispose(): Promise<void>;
}

/** The model of an ONNX file, guided if asked for. */
export async function openDenoiser(path: string, options: DenoiserOptions): Promise<OpenedDenoiser> {
  const { predicts, timeInput, shape, label, guidance, nullLabel } = options;
  const schedule = await scheduleOf(options);
  const bytes = await readBytes(path);
  const open = (own: number | undefined) =>
    fromOnnxDenoiser(bytes, {
      ...{ schedule, predicts, timeInput },
      ...(shape && { shape }),
      ...(own !== undefined && { label: own }),
    });
  const model = open(label);
  if (guidance === undefined) return { model, shape: model.shape, dispose: () => model.dispose() };
  if (label === undefined || nullLabel === undefined)
    throw new InvalidInputError("options.guidance", "needs --label and --null-label");
  const plain = open(nullLabel);
  return {
    model: withGuidance(plain, model, guidance),
    shape: model.shape,
    dispose: async () => {
      await model.dispose();
      await plain.dispose();
    },
  };
}

async function scheduleOf({ schedule, betas }: DenoiserOptions): Promise<NoiseSchedule> {
  if ((schedule === "vp-discrete") !== (betas !== undefined))
    throw new InvalidInputError("options.betas", "needed by the schedule vp-discrete, and by no other");
  switch (schedule) {
    case "vp-linear":
      return vpLinear();
    case "vp-cosine":
      return vpCosine();
    case "vp-discrete":
      return vpDiscrete({ betas: await betasOf(betas!) });
    case "edm":
      return edm();
    case "ve":
      return veGeometric();
  }
}

/** Variances of a .npy file, or `first,last,count` evenly spaced. */
async function betasOf(text: string): Promise<Float64Array> {
  if (text.toLowerCase().endsWith(".npy")) {
    const { shape, data } = await readNpy(text);
    if (shape.length !== 1)
      throw new InvalidInputError(text, `expected one axis, got shape [${shape.join(", ")}]`);
    return Float64Array.from(data as ArrayLike<number>, Number);
  }
  const [first, last, count, ...more] = text.split(",").map(Number);
  if (first === undefined || last === undefined || !Number.isInteger(count) || count! < 2 || more.length > 0)
    throw new InvalidInputError(
      "options.betas",
      `expected a .npy file or first,last,count such as 0.0001,0.02,1000, got "${text}"`,
    );
  return Float64Array.from({ length: count! }, (_, i) => first + ((last - first) * i) / (count! - 1));
}
