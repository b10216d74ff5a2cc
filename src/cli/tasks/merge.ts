import { statSync } from "node:fs";
import { InvalidInputError } from "ockham";
import {
  averaging,
  breadcrumbs,
  dare,
  type MergeMethod,
  openMerge,
  type TensorSource,
  taskArithmetic,
  ties,
} from "ockham/compression";
import { openSafetensors, type SafetensorsFile, streamSafetensors } from "ockham/io";
import { renderTable } from "ockham/report";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export type MergeMethodId = "breadcrumbs" | "task-arithmetic" | "ties" | "dare" | "average";

export interface MergeOptions {
  readonly method: MergeMethodId;
  readonly out: string;
  readonly alpha?: number;
  readonly keep?: number;
  readonly removeTop?: number;
  readonly granularity?: "layer" | "row";
  readonly drop?: number;
  readonly include?: string;
  readonly exclude?: string;
  readonly allowMissing?: true;
  readonly seed: number;
  readonly json?: true;
}

/** Which of the options each method takes. */
const taken: Readonly<Record<MergeMethodId, readonly string[]>> = {
  breadcrumbs: ["alpha", "keep", "removeTop", "granularity"],
  "task-arithmetic": ["alpha"],
  ties: ["alpha", "keep"],
  dare: ["alpha", "drop"],
  average: [],
};

export async function merge(
  paths: readonly string[],
  options: MergeOptions,
  context: CliContext,
): Promise<void> {
  const [basePath, ...tunedPaths] = paths;
  if (basePath === undefined || tunedPaths.length === 0)
    throw new InvalidInputError("files", "expected the base and at least one fine-tuning of it");
  if (!options.out.endsWith(".safetensors"))
    throw new InvalidInputError("--out", `expected a name that ends in .safetensors, got ${options.out}`);
  const method = methodOf(options);
  const files: SafetensorsFile[] = [];
  const display = progressDisplay(context, "merge");
  try {
    for (const path of paths) files.push(await openSafetensors(path));
    const [base, ...tuned] = files.map((file, i) => sourceOf(paths[i]!, file));
    for (const [i, { entries }] of files.entries())
      for (const [name, { bfloat16 }] of entries)
        if ((files[0]!.entries.get(name)?.bfloat16 ?? bfloat16) !== bfloat16)
          throw new InvalidInputError(
            `tensor "${name}"`,
            `is ${bfloat16 ? "bfloat16" : "float32"} in ${paths[i]}, but not in ${basePath}`,
          );
    const open = await openMerge(base!, tuned, method, {
      ...(options.include !== undefined && { include: options.include }),
      ...(options.exclude !== undefined && { exclude: options.exclude }),
      ...(options.allowMissing && { allowMissing: true }),
    });
    let done = 0;
    const { entries, metadata } = files[0]!;
    const bytes = await streamSafetensors(
      options.out,
      Object.fromEntries(entries),
      async (name) => {
        context.signal.throwIfAborted();
        const tensor = await open.make(name);
        display.onProgress({ done: ++done, total: entries.size });
        return tensor;
      },
      metadata,
    );
    display.stop();
    const warnings = open.warnings();
    if (options.json)
      printJson(context, {
        method: options.method,
        models: tunedPaths.length,
        tensors: open.report,
        warnings,
        bytes: { base: statSync(basePath).size, merged: bytes },
        out: options.out,
      });
    else {
      printLine(
        context.stdout,
        renderTable(
          {
            id: "tensors",
            title: `${tunedPaths.length} models merged into ${basePath}`,
            columns: [
              { name: "tensor" },
              { name: "entries kept" },
              { name: "largest dropped" },
              { name: "kept by several", digits: 3 },
            ],
            rows: open.report.map(({ tensor, kept, removedTop, overlap }) => [
              tensor,
              kept,
              removedTop,
              overlap,
            ]),
          },
          tableOptions(context),
        ),
      );
      printLine(context.stdout, `${options.out}: ${bytes} bytes`);
    }
    for (const warning of warnings) printLine(context.stderr, `ockham: ${warning}`);
  } finally {
    display.stop();
    for (const file of files) await file.close();
  }
}

function sourceOf(label: string, file: SafetensorsFile): TensorSource {
  return { label, types: file.entries, read: (name) => file.read(name) };
}

function methodOf(options: MergeOptions): MergeMethod {
  const { method } = options;
  const own: Record<string, unknown> = {};
  for (const name of ["alpha", "keep", "removeTop", "granularity", "drop"] as const) {
    const value = options[name];
    if (value === undefined) continue;
    if (!taken[method].includes(name))
      throw new InvalidInputError(`options.${name}`, `is no option of ${method}`);
    own[name] = value;
  }
  switch (method) {
    case "breadcrumbs":
      return breadcrumbs(own);
    case "task-arithmetic":
      return taskArithmetic(own);
    case "ties":
      return ties(own);
    case "dare":
      return dare({ ...own, seed: options.seed });
    case "average":
      return averaging();
  }
}
