// Runs the ONNX project's operator test cases through `fromOnnx` and `compile`, and beside it through plain
// ONNX Runtime, and reports passed, unsupported and failed cases for each operator.
//
//   node --conditions=ockham-source bench/onnx-cases.ts <onnx/backend/test/data/node> [--filter <text>]
//     [--json <file>] [--verbose]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import type { NdArray } from "ockham/array";
import {
  compile,
  decodeModel,
  decodeTensor,
  fromOnnx,
  type ModelProto,
  type Tensor,
  toNdArray,
} from "ockham/tensor";
import type * as OrtModule from "onnxruntime-node";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: "string", default: "" },
    json: { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write(
    "usage: onnx-cases.ts <folder with the cases> [--filter text] [--json file] [--verbose]\n",
  );
  process.exit(2);
}

interface Case {
  readonly name: string;
  readonly operator: string;
  readonly model: ModelProto;
  readonly bytes: Uint8Array;
  readonly inputs: Readonly<Record<string, NdArray>>;
  readonly expected: Readonly<Record<string, NdArray>>;
}

type Status = "passed" | "unsupported" | "failed";
interface Outcome {
  readonly status: Status;
  readonly detail: string;
}

/** Element types from here on (bfloat16, 8-bit and 4-bit ones) exist neither in NdArrays nor in the Node binding. */
const firstForeignType = 14;

function load(name: string): Case | (Outcome & { readonly operator: string }) {
  const root = join(folder!, name);
  const bytes = readFileSync(join(root, "model.onnx"));
  const model = decodeModel(bytes);
  const { graph } = model;
  // Composite cases (their names end so) are counted under the operator that they expand.
  const kinds = [
    ...new Set(graph.node.map(({ domain, opType }) => (domain ? `${domain}.${opType}` : opType))),
  ];
  const operator = name.includes("_expanded")
    ? `(function bodies)`
    : kinds.length === 1
      ? kinds[0]!
      : kinds.at(-1)!;
  try {
    const read = (kind: "input" | "output") =>
      Object.fromEntries(
        graph[kind]
          .filter((value) => !graph.initializer?.some((own) => own.name === value.name))
          .map((value, i) => {
            const elemType = value.type?.tensorType?.elemType;
            if (elemType === undefined) throw new Error(`${kind} ${value.name} is no tensor`);
            if (elemType >= firstForeignType)
              throw new Error(`${kind} ${value.name} has element type ${elemType}`);
            const file = join(root, "test_data_set_0", `${kind}_${i}.pb`);
            return [value.name, toNdArray(decodeTensor(readFileSync(file)))];
          }),
      );
    return { name, operator, model, bytes, inputs: read("input"), expected: read("output") };
  } catch (error) {
    return { operator, status: "unsupported", detail: (error as Error).message };
  }
}

/** The tolerances of the ONNX project's own runner. */
function difference(
  expected: Case["expected"],
  results: Readonly<Record<string, NdArray>>,
): string | undefined {
  for (const [name, want] of Object.entries(expected)) {
    const got = results[name];
    if (got === undefined) return `no output ${name}`;
    if (got.dtype !== want.dtype || String(got.shape) !== String(want.shape))
      return `${name}: ${got.dtype}[${got.shape}], expected ${want.dtype}[${want.shape}]`;
    const [a, b] = [numbers(got), numbers(want)];
    const float = want.dtype.startsWith("float");
    for (let i = 0; i < b.length; i++) {
      const same =
        Object.is(a[i], b[i]) ||
        a[i] === b[i] ||
        (float && Math.abs(a[i]! - b[i]!) <= 1e-7 + 1e-3 * Math.abs(b[i]!));
      if (!same) return `${name}[${i}] is ${a[i]}, expected ${b[i]}`;
    }
  }
  return undefined;
}

function numbers({ dtype, data }: NdArray): ArrayLike<number> {
  if (dtype === "float16") return new Float16Array((data as Uint16Array).slice().buffer);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

async function ours({ bytes, inputs, expected }: Case): Promise<Outcome> {
  const constants: Record<string, NdArray> = {};
  try {
    // What decides shapes must be known while tracing: the model says which inputs do.
    for (const name of fromOnnx(bytes).staticInputs) if (inputs[name]) constants[name] = inputs[name];
    const model = fromOnnx(bytes, { constants });
    const feeds = Object.fromEntries(model.inputs.map(({ name }) => [name, inputs[name]!]));
    const run = compile((weights: Record<string, Tensor>, tensors: Record<string, Tensor>) =>
      model.apply(weights, tensors),
    );
    try {
      const wrong = difference(expected, await run(model.weights, feeds));
      return { status: wrong === undefined ? "passed" : "failed", detail: wrong ?? "" };
    } finally {
      await run.dispose();
    }
  } catch (error) {
    const refused = (error as Error).name === "InvalidInputError";
    return { status: refused ? "unsupported" : "failed", detail: String(error) };
  }
}

async function plain(ort: typeof OrtModule, { bytes, inputs, expected }: Case): Promise<Outcome> {
  try {
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 1 });
    try {
      const feeds: Record<string, OrtModule.Tensor> = {};
      for (const [name, { dtype, data, shape }] of Object.entries(inputs))
        feeds[name] = new ort.Tensor(dtype as "float32", data as Float32Array, [...shape]);
      const results: Record<string, NdArray> = {};
      for (const [name, tensor] of Object.entries(await session.run(feeds)))
        results[name] = { dtype: tensor.type, shape: tensor.dims, data: tensor.data } as unknown as NdArray;
      const wrong = difference(expected, results);
      return { status: wrong === undefined ? "passed" : "failed", detail: wrong ?? "" };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { status: "unsupported", detail: String(error).split("\n")[0]! };
  }
}

async function loadRuntime(): Promise<typeof OrtModule> {
  // The binding reads half-precision numbers as plain bits only when the global type is hidden from it once.
  const float16 = globalThis.Float16Array;
  Object.assign(globalThis, { Float16Array: undefined });
  const ort = await import("onnxruntime-node");
  new ort.Tensor("float32", new Float32Array(1), [1]);
  Object.assign(globalThis, { Float16Array: float16 });
  return ort;
}

const ort = await loadRuntime();
const rows: { name: string; operator: string; ours: Outcome; runtime: Outcome }[] = [];
for (const name of readdirSync(folder).sort()) {
  if (!name.includes(options.filter)) continue;
  const loaded = load(name);
  const outcome = "status" in loaded ? { ours: loaded, runtime: loaded } : undefined;
  rows.push({
    name,
    operator: loaded.operator,
    ours: outcome?.ours ?? (await ours(loaded as Case)),
    runtime: outcome?.runtime ?? (await plain(ort, loaded as Case)),
  });
}

const count = (list: typeof rows, side: "ours" | "runtime", status: Status) =>
  list.filter((row) => row[side].status === status).length;
const table = new Table({
  head: ["operator", "cases", "passed", "unsupported", "failed", "ONNX Runtime passed"],
  style: process.stdout.isTTY ? {} : { head: [], border: [] },
});
const byOperator = Map.groupBy(rows, ({ operator }) => operator);
for (const [operator, list] of [...byOperator].sort(([a], [b]) => (a < b ? -1 : 1)))
  table.push([
    operator,
    list.length,
    count(list, "ours", "passed"),
    count(list, "ours", "unsupported"),
    count(list, "ours", "failed"),
    count(list, "runtime", "passed"),
  ]);
if (!options.verbose) process.stdout.write(`${table.toString()}\n`);
const worse = rows.filter((row) => row.ours.status === "failed" && row.runtime.status === "passed");
const missing = rows.filter((row) => row.ours.status === "unsupported" && row.runtime.status === "passed");
for (const { name, ours: own, runtime } of rows) {
  if (own.status !== "passed" && options.verbose)
    process.stdout.write(`${own.status} ${name} (ONNX Runtime ${runtime.status}): ${own.detail}\n`);
}
process.stdout.write(
  `${rows.length} cases: ${count(rows, "ours", "passed")} passed, ${count(rows, "ours", "unsupported")} unsupported, ` +
    `${count(rows, "ours", "failed")} failed; ONNX Runtime passed ${count(rows, "runtime", "passed")}; ` +
    `failed here and passed there: ${worse.length}, unsupported here and passed there: ${missing.length}\n`,
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
process.exitCode = worse.length > 0 ? 1 : 0;
