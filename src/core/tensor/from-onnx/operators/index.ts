import type { OperatorRule } from "../call.ts";
import { control } from "./control.ts";
import { elementwise } from "./elementwise.ts";
import { normalization } from "./normalization.ts";
import { products } from "./products.ts";
import { reductions } from "./reduce.ts";
import { shapes } from "./shape.ts";
import { windows } from "./windows.ts";

/**
 * Every operator that an imported model may use, by domain and name. `ai.onnx` is the standard domain; of
 * others those that exporters write are known.
 */
export const operators: ReadonlyMap<string, OperatorRule> = new Map(
  Object.entries({
    "ai.onnx": {
      ...control,
      ...elementwise,
      ...normalization,
      ...products,
      ...reductions,
      ...shapes,
      ...windows,
    },
    "com.microsoft": { FusedMatMul: products.FusedMatMul!, Gelu: elementwise.Gelu! },
  }).flatMap(([domain, table]) =>
    Object.entries(table).map(([name, rule]): [string, OperatorRule] => [
      `${domain}:${name}`,
      typeof rule === "function" ? { run: rule } : rule,
    ]),
  ),
);
