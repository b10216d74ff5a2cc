import { statSync } from "node:fs";
import { InvalidInputError } from "ockham";
import {
  averaging,
  breadcrumbs,
  dare,
  type MergeMethod,
  type OpenMerge,
  openMerge,
  type TensorSource,
  taskArithmetic,
  ties,
} from "ockham/compression";
import { openSafetensors, type SafetensorsFile, streamSafetensors } from "ockham/io";
import { renderTable } from "ockham/report";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type MergeSetting, readSearch, searchSettings } from "./merge-search.ts";

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
  readonly search?: string;
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
  const search =
    options.search === undefined ? undefined : await readSearch(options.search, tunedPaths.length);
  // All settings are looked at before the first file is.
  for (const setting of search?.settings ?? [{}]) methodOf({ ...options, ...setting });
  const files: SafetensorsFile[] = [];
  const display = progressDisplay(context, "merge");
  try {
    for (const path of paths) files.push(await openSafetensors(path));
    for (const [i, { entries }] of files.entries())
      for (const [name, { bfloat16 }] of entries)
        if ((files[0]!.entries.get(name)?.bfloat16 ?? bfloat16) !== bfloat16)
          throw new InvalidInputError(
            `tensor "${name}"`,
            `is ${bfloat16 ? "bfloat16" : "float32"} in ${paths[i]}, but not in ${basePath}`,
          );
    const [base, ...tuned] = files.map((file, i) => sourceOf(paths[i]!, file));
    const { entries, metadata } = files[0]!;
    const mergeTo = async (
      setting: MergeSetting,
      models: number,
      out: string,
      onTensor: (done: number) => void,
    ): Promise<{ open: OpenMerge; bytes: number }> => {
      const open = await openMerge(base!, tuned.slice(0, models), methodOf({ ...options, ...setting }), {
        ...(options.include !== undefined && { include: options.include }),
        ...(options.exclude !== undefined && { exclude: options.exclude }),
        ...(options.allowMissing && { allowMissing: true }),
      });
      let done = 0;
      const make = async (name: string) => {
        context.signal.throwIfAborted();
        const tensor = await open.make(name);
        onTensor(++done);
        return tensor;
      };
      return { open, bytes: await streamSafetensors(out, Object.fromEntries(entries), make, metadata) };
    };
    const share = search === undefined ? 0 : 0.9;
    const searched =
      search &&
      (await searchSettings(
        search,
        (setting, out) => mergeTo(setting, search.models, out, () => {}),
        context.signal,
        (done, total) => display.onProgress({ done: (share * done) / total, total: 1 }),
      ));
    const { open, bytes } = await mergeTo(searched?.best ?? {}, tuned.length, options.out, (done) =>
      display.onProgress({ done: share + ((1 - share) * done) / entries.size, total: 1 }),
    );
    display.stop();
    const warnings = open.warnings();
    if (options.json)
      printJson(context, {
        method: options.method,
        models: tunedPaths.length,
        tensors: open.report,
        warnings,
        ...(searched && { search: searched }),
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
      for (const { setting, score } of searched?.table ?? [])
        printLine(
          context.stdout,
          `${textOf(setting)}: ${score}${setting === searched?.best ? ", the best: used for all models" : ""}`,
        );
      printLine(context.stdout, `${options.out}: ${bytes} bytes`);
    }
    for (const warning of warnings) printLine(context.stderr, `ockham: ${warning}`);
  } finally {
    display.stop();
    for (const file of files) await file.close();
  }
}

const textOf = (setting: MergeSetting): string =>
  Object.entries(setting)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

function sourceOf(label: string, file: SafetensorsFile): TensorSource {
  return { label, types: file.entries, read: (name) => file.read(name), fresh: true };
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
