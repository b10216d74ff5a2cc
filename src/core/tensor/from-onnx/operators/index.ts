import type { OperatorRule, OperatorTable } from "../call.ts";
import { attentions } from "./attention.ts";
import { control } from "./control.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { losses } from "./losses.ts";
import { normalization } from "./normalization.ts";
import { products } from "./products.ts";
import { quantization } from "./quantization.ts";
import { recurrents } from "./recurrent.ts";
import { reductions } from "./reduce.ts";
import { regions } from "./regions.ts";
import { sampling } from "./sampling.ts";
import { shapes } from "./shape.ts";
import { spectral } from "./spectral.ts";
import { training } from "./training.ts";
import { windows } from "./windows.ts";

/** By domain; of those besides the standard one, what exporters write. */
const domains: Readonly<Record<string, OperatorTable>> = {
  "ai.onnx": {
    ...attentions,
    ...control,
    ...elementwise,
    ...indexing,
    ...losses,
    ...normalization,
    ...products,
    ...quantization,
    ...recurrents,
    ...reductions,
    ...regions,
    ...sampling,
    ...shapes,
    ...spectral,
    ...windows,
  },
  "ai.onnx.ml": {
    ArrayFeatureExtractor: (call) => call.x(0).gather(call.x(1).flatten(), call.x(0).shape.length - 1),
    Binarizer: (call) => {
      const x = call.x(0);
      return x.greater(call.attributes.float("threshold", 0)).cast(x.dtype);
    },
  },
  "ai.onnx.preview.training": training,
  "com.microsoft": { FusedMatMul: products.FusedMatMul!, Gelu: elementwise.Gelu! },
};

/** Every operator that an imported model may use, as `domain:name`. */
export const operators: ReadonlyMap<string, OperatorRule> = new Map(
  Object.entries(domains).flatMap(([domain, table]) =>
    Object.entries(table).map(([name, rule]): [string, OperatorRule] => [
      `${domain}:${name}`,
      typeof rule === "function" ? { run: rule } : rule,
    ]),
  ),
);
